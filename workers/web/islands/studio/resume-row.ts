/** An upload of an earlier visit that is not finished: the browser needs the file once more to go on. */
import { defaultOptions, type PreviousUpload, Upload } from "tus-js-client";
import { formatBytes } from "../../format/format.ts";
import { callApi } from "./call-api.ts";
import { button, fileMark, uploadRow } from "./upload-row.ts";

/** @returns its row; null when it is finished or gone (then it is forgotten), or can't be asked about now. */
export async function resumeRow(previous: PreviousUpload, choose: () => void): Promise<HTMLElement | null> {
  const name = previous.metadata.filename ?? "";
  const { uploadUrl, size, urlStorageKey } = previous;
  if (uploadUrl === null || size === null || name === "") return null;
  const forget = () => defaultOptions.urlStorage?.removeUpload(urlStorageKey) ?? Promise.resolve();
  const state = await readState(uploadUrl);
  if (state === "unknown") return null;
  if (state === "over") {
    await forget();
    return null;
  }
  const row = uploadRow(name);
  row.element.dataset.unfinished = fileMark({ name, size });
  row.bar.value = size === 0 ? 0 : state.offset / size;
  row.words.textContent = `Stopped at ${formatBytes(state.offset)} of ${formatBytes(size)}. Choose the same file to go on.`;
  row.actions.append(
    button("Choose the file", choose, "button primary"),
    button(
      "Cancel",
      () => {
        row.element.remove();
        void forget();
        void Upload.terminate(uploadUrl, { retryDelays: null }).catch(() => undefined);
      },
      "button quiet",
    ),
  );
  return row.element;
}

async function readState(uploadUrl: string): Promise<{ offset: number } | "over" | "unknown"> {
  try {
    const state = await callApi("GET", new URL(uploadUrl, location.href).pathname);
    if (typeof state !== "object" || state === null || !("status" in state) || !("offset" in state))
      return "unknown";
    return state.status === "waiting" ? { offset: Number(state.offset) } : "over";
  } catch (error) {
    return error instanceof Error && "status" in error && (error.status === 404 || error.status === 410)
      ? "over"
      : "unknown";
  }
}
