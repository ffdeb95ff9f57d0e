/** One file's way up: a resumable tus upload, and the row that shows it. */
import { DetailedError, Upload } from "tus-js-client";
import { watchSilence } from "../../../shared/watch-silence.ts";
import { formatBytes, formatPercent, formatTimeLeft } from "../../format/format.ts";
import { readProblem } from "./call-api.ts";
import { measureRate } from "./measure-rate.ts";
import { button, uploadRow } from "./upload-row.ts";

/** A request's body, bytes: whole parts, below every plan's limit, and few enough requests for a long film. */
const chunkBytes = 50 * 1024 * 1024;

/** Pauses before a broken connection is tried again, ms: about five minutes in all; then the row offers it. */
const retryDelays = [500, 1000, 3000, 5000, 10_000, 20_000, 30_000, 60_000, 60_000, 120_000];

/** Longest silence of the service, ms: longer than any pause before a retry. Then the upload is taken up where it is. */
const silentMs = 150_000;

/** The library takes the end of an aborted request for a failure of the next one if that has begun, ms. */
const settleMs = 250;

/** @param finished called when every byte has arrived. `start` settles when the upload ends or pauses. */
export function runUpload(
  file: File,
  finished: () => void,
): { row: HTMLElement; start: () => Promise<void> } {
  const row = uploadRow(file.name);
  let settle: () => void = () => undefined;
  let begun = false;
  let rate = measureRate();
  const silence = watchSilence(silentMs, () => {
    void upload.abort().catch(() => undefined);
    setTimeout(() => upload.start(), settleMs);
  });

  const upload = new Upload(file, {
    endpoint: "/v1/uploads",
    chunkSize: chunkBytes,
    retryDelays,
    removeFingerprintOnSuccess: true,
    metadata: { filename: file.name, ...(file.type === "" ? {} : { filetype: file.type }) },
    onShouldRetry: shouldRetry,
    // The library takes a failing HEAD for a lost upload and would begin anew; this way it asks again.
    onBeforeRequest: silence.heard,
    onAfterResponse(request, response) {
      silence.heard();
      if (request.getMethod() === "HEAD" && response.getStatus() >= 500) throw new Error("the server failed");
    },
    onProgress(sent, total) {
      silence.heard();
      const bytesPerSecond = rate(sent, performance.now());
      row.bar.value = total === 0 ? 1 : sent / total;
      row.words.textContent = progressWords(sent, total, bytesPerSecond);
    },
    onSuccess() {
      silence.end();
      row.element.remove();
      settle();
      finished();
    },
    onError(error) {
      silence.end();
      row.element.removeAttribute("data-sending");
      row.element.classList.add("errored");
      row.words.textContent = wordsFor(error);
      row.actions.replaceChildren(
        button("Try again", () => void send(), "button primary"),
        button("Cancel", cancel, "button quiet"),
      );
      settle();
    },
  });

  function send(): Promise<void> {
    begun = true;
    rate = measureRate();
    row.element.classList.remove("errored");
    row.element.setAttribute("data-sending", "");
    row.words.textContent = "Starting…";
    row.actions.replaceChildren(button("Pause", pause), button("Cancel", cancel, "button quiet"));
    return new Promise((resolve) => {
      settle = resolve;
      upload
        .findPreviousUploads()
        .then((previous) => {
          const newest = previous.toSorted((a, b) => b.creationTime.localeCompare(a.creationTime))[0];
          if (upload.url === null && newest !== undefined) upload.resumeFromPreviousUpload(newest);
        })
        .catch(() => undefined)
        .finally(() => upload.start());
    });
  }

  function pause(): void {
    silence.end();
    row.element.removeAttribute("data-sending");
    void upload.abort();
    row.words.textContent = `Paused at ${formatPercent(row.bar.value)}`;
    row.actions.replaceChildren(
      button("Resume", () => void send(), "button primary"),
      button("Cancel", cancel, "button quiet"),
    );
    settle();
  }

  function cancel(): void {
    silence.end();
    // An upload that never began has nothing to end; one that the server can't end now expires there by itself.
    void upload.abort(begun && upload.url !== null).catch(() => undefined);
    begun = true;
    row.element.remove();
    settle();
  }

  row.bar.removeAttribute("value");
  row.words.textContent = `${formatBytes(file.size)} · waits for the uploads before it`;
  row.actions.append(button("Cancel", cancel, "button quiet"));
  return { row: row.element, start: () => (begun ? Promise.resolve() : send()) };
}

/** Retries what may get better: a server that is asked too much says when it is worth trying again. */
function shouldRetry(error: DetailedError | Error): boolean {
  if (!navigator.onLine) return false;
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (response === null) return true;
  const status = response.getStatus();
  if (status === 429) return response.getHeader("Retry-After") !== undefined;
  return status >= 500 || status === 409 || status === 423;
}

function progressWords(sent: number, total: number, bytesPerSecond: number | null): string {
  const parts = [`${formatBytes(sent)} of ${formatBytes(total)}`];
  if (bytesPerSecond !== null && bytesPerSecond > 0) {
    parts.push(`${formatBytes(bytesPerSecond)}/s`);
    parts.push(formatTimeLeft((total - sent) / bytesPerSecond));
  }
  return parts.join(" · ");
}

function wordsFor(error: Error): string {
  if (error instanceof DetailedError && error.originalResponse !== null) {
    const { originalResponse: response } = error;
    return readProblem(response.getStatus(), response.getBody()).message;
  }
  return "The connection was lost. What has arrived is kept; try again when you are online.";
}
