/** Decides on another attempt after a failed one: only work that can succeed is tried again, and never for ever. */
import { maxAttempts, maxDeaths, type TaskError, type TaskRow } from "./task-lease.ts";

/**
 * The way in which an attempt ended. `told`: the transcoder said what went wrong with this very task; `died`: it ended or hung
 * while the task ran in it; `unreachable`: the task had not begun, so the film is not to blame.
 */
export type AttemptEnd = "told" | "died" | "unreachable";

/** The end of an attempt without a result. */
export type AttemptFailure = TaskError & { retryable: boolean; end: AttemptEnd };

/** The answer to a failed attempt: another one after a delay, and what it counts as; or the error that ends the task. */
export type RetryDecision =
  | { retry: true; delayMs: number; countsAs: "attempt" | "death" | "nothing" }
  | { retry: false; error: TaskError };

const firstDelayMs = 2_000;
const maxDelayMs = 5 * 60_000;
const unreachableDelayMs = 3_000;

/**
 * Codes that need fewer attempts than others to be believed, and the code that the producer then sees: only when the
 * attempt before ended in the same way, so that a killed transcoder does not count as a proof against the film.
 */
const beliefs: Record<string, { attempts: number; code: string }> = {
  short_source: { attempts: 2, code: "truncated" },
  encoder_stalled: { attempts: 3, code: "encoder_stalled" },
  encoder_timeout: { attempts: 2, code: "encoder_timeout" },
  too_much_output: { attempts: 2, code: "too_much_output" },
  // The transcoder lived on when it saw the task's own process stand still: another film's work is not what held it up.
  task_stuck: { attempts: 2, code: "task_stuck" },
};

/** The process of a task was killed from outside: by the system when memory was short, say, which a neighbour may have taken. */
const deathCodes = new Set(["task_died"]);

/** @param task attempts and deaths so far, this attempt among the former, and how the attempt before this one ended. */
export function decideRetry(
  failure: AttemptFailure,
  task: Pick<TaskRow, "attempts" | "deaths" | "errorCode">,
): RetryDecision {
  const { code, detail, log, end } = failure;
  if (end === "unreachable") return { retry: true, delayMs: unreachableDelayMs, countsAs: "nothing" };
  if (end === "died" || deathCodes.has(code)) return decideDeath(failure, task.deaths + 1);
  const belief = beliefs[code];
  const enough = belief !== undefined && task.errorCode === code ? belief.attempts : maxAttempts;
  if (failure.retryable && task.attempts < enough) {
    return { retry: true, delayMs: delayAfter(task.attempts), countsAs: "attempt" };
  }
  return { retry: false, error: { code: belief?.code ?? code, detail, log } };
}

/**
 * The first death may have been a neighbour's doing. From then on the task runs alone (see `runsAlone`), so each further one is its
 * own; and a task that did no harm has proved it by being done.
 */
function decideDeath({ code, detail, log, end }: AttemptFailure, deaths: number): RetryDecision {
  if (deaths < maxDeaths) return { retry: true, delayMs: delayAfter(deaths), countsAs: "death" };
  if (end === "told") return { retry: false, error: { code, detail, log } };
  const words = "Each attempt at this film ended its transcoder. Export it again and upload the new file.";
  return { retry: false, error: { code: "task_keeps_dying", detail: words, log: `${code}: ${log}` } };
}

function delayAfter(tries: number): number {
  return Math.min(maxDelayMs, firstDelayMs * 2 ** Math.max(0, tries - 1));
}
