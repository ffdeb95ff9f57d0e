import { setTimeout as wait } from "node:timers/promises";
import { fetchWithin } from "../../workers/shared/fetch-within.ts";

/** A server to watch. */
export interface Watch {
  /** Answered by the server alone: one that asks others in turn would be killed for their silence. */
  url: string;
  /** Between two asks, milliseconds. */
  everyMs: number;
  /** Longest wait for one answer, milliseconds. */
  answerMs: number;
  /** Asks in a row that may stay unanswered. */
  patience: number;
  /** Longest time from its start to its first answer, milliseconds. */
  startMs: number;
  /** Time of its last start, Unix milliseconds. */
  startedAt(): number;
  /** It takes connections and does not answer. */
  onHung(): void;
}

/**
 * Watches a server until `signal` aborts. Any answer is fine, also an error. No listener is fine too, because the
 * supervisor starts an ended process again. Only a process that takes connections and leaves them unanswered is stuck: one that a
 * signal has stopped, whose event loop does not turn any more, or `wrangler dev` when the workerd in front of the Worker has crashed.
 */
export async function watchAnswers(watch: Watch, signal: AbortSignal): Promise<void> {
  let unanswered = 0;
  let answeredAt = Date.now();
  while (!signal.aborted) {
    await wait(watch.everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const answer = await ask(watch, signal);
    if (answer === "given") answeredAt = Date.now();
    unanswered = answer === "none" ? unanswered + 1 : 0;
    const startedAt = watch.startedAt();
    const isStarting = answeredAt < startedAt && Date.now() - startedAt < watch.startMs;
    if (unanswered < watch.patience || isStarting || signal.aborted) continue;
    unanswered = 0;
    watch.onHung();
  }
}

/** `none`: it took the connection, and the wait was over; `refused`: nobody listens, or the connection broke. */
async function ask({ url, answerMs }: Watch, signal: AbortSignal): Promise<"given" | "none" | "refused"> {
  try {
    const response = await fetchWithin(answerMs, url, { signal });
    await response.body?.cancel();
    return "given";
  } catch (error) {
    return error instanceof DOMException && error.name === "TimeoutError" ? "none" : "refused";
  }
}
