/** Files that are dropped or chosen go up, each in a row of its own; unfinished ones of an earlier visit can go on. */
import { defaultOptions, type PreviousUpload } from "tus-js-client";
import { resumeRow } from "./resume-row.ts";
import { runUpload } from "./run-upload.ts";
import { fileMark } from "./upload-row.ts";

/** Uploads that send at the same time; the others wait their turn. */
const atOnce = 2;

/** @param finished called when an upload became a film */
export function startUploads(studio: HTMLElement, finished: () => void): void {
  const drop = studio.querySelector<HTMLElement>("[data-drop]");
  const input = studio.querySelector<HTMLInputElement>("[data-files]");
  const rows = studio.querySelector<HTMLElement>("[data-uploads]");
  if (drop === null || input === null || rows === null) return;
  const waiting: (() => Promise<void>)[] = [];
  let running = 0;

  input.addEventListener("change", addChosen);
  // A browser that goes back to this page restores the chosen files without a change event, just before it shows the page.
  globalThis.addEventListener("pageshow", addChosen);
  // The whole page takes drops, so that a film that misses the box does not replace the page.
  for (const type of ["dragenter", "dragover"] as const) {
    document.addEventListener(type, (event) => {
      if (event.dataTransfer?.types.includes("Files") !== true) return;
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  document.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) drop.classList.remove("over");
  });
  document.addEventListener("drop", (event) => {
    drop.classList.remove("over");
    if (event.dataTransfer === null || event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    add([...event.dataTransfer.files]);
  });
  globalThis.addEventListener("beforeunload", (event) => {
    if (rows.querySelector("[data-sending]") !== null) event.preventDefault();
  });
  // Files chosen before this script had come.
  addChosen();
  void offerUnfinished();

  /** Empties the field, so that the same file can be chosen again, and no file is added twice. */
  function addChosen(): void {
    const files = [...(input?.files ?? [])];
    if (input !== null) input.value = "";
    add(files);
  }

  function add(files: File[]): void {
    for (const file of files) {
      rows?.querySelector(`[data-unfinished="${CSS.escape(fileMark(file))}"]`)?.remove();
      const upload = runUpload(file, finished);
      rows?.append(upload.row);
      waiting.push(upload.start);
    }
    next();
  }

  function next(): void {
    while (running < atOnce) {
      const start = waiting.shift();
      if (start === undefined) return;
      running++;
      void start().finally(() => {
        running--;
        next();
      });
    }
  }

  async function offerUnfinished(): Promise<void> {
    const stored: PreviousUpload[] = (await defaultOptions.urlStorage?.findAllUploads()) ?? [];
    for (const previous of stored) {
      const row = await resumeRow(previous, () => input?.click());
      if (row !== null) rows?.append(row);
    }
  }
}
