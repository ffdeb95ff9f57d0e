import { setTimeout as wait } from "node:timers/promises";

/** A server to watch. */
export interface Watch {
  url: string;
  /** Between two asks, milliseconds. */
  everyMs: number;
  /** Longest wait for one answer, milliseconds. */
  answerMs: number;
  /** Number of questions in a row that may stay unanswered. */
  patience: number;
  /** It accepts connections and does not answer; asked again `patience` times before the next call. */
  onHung(): void;
}

/**
 * Watches a server until `signal` aborts. Any answer is fine, also an error. No listener is fine too, because the
 * supervisor starts an ended process again. Only a process that takes connections and leaves them unanswered is stuck:
 * `wrangler dev` is, for ever, when the workerd in front of the Worker has crashed.
 */
export async function watchAnswers(watch: Watch, signal: AbortSignal): Promise<void> {
  let unanswered = 0;
  while (!signal.aborted) {
    await wait(watch.everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    unanswered = (await isSilent(watch, signal)) ? unanswered + 1 : 0;
    if (unanswered < watch.patience || signal.aborted) continue;
    unanswered = 0;
    watch.onHung();
  }
}

async function isSilent({ url, answerMs }: Watch, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]) });
    await response.body?.cancel();
    return false;
  } catch (error) {
    return error instanceof DOMException && error.name === "TimeoutError";
  }
}
