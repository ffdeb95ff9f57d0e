/** Decides on another attempt after a failed one: only work that can succeed is tried again, and never for ever. */
import { maxAttempts, type TaskError } from "./task-lease.ts";

/** The end of an attempt without a result. `unreachable`: no transcoder took it, so the film is not to blame. */
export type AttemptFailure = TaskError & { retryable: boolean; unreachable: boolean };

/** The answer to a failed attempt: another one after a delay, or the error that ends the task. */
export type RetryDecision =
  | { retry: true; delayMs: number; countAttempt: boolean }
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
  // The transcoder lived on when it saw the task's own process end: another film's work is not what ended it.
  task_stuck: { attempts: 2, code: "task_stuck" },
  task_died: { attempts: 3, code: "task_died" },
};

/** @param attempts begun so far, this one included; @param before how the attempt before this one ended, if one did. */
export function decideRetry(failure: AttemptFailure, attempts: number, before: string | null): RetryDecision {
  const { code, detail, log } = failure;
  if (failure.unreachable) return { retry: true, delayMs: unreachableDelayMs, countAttempt: false };
  const belief = beliefs[code];
  const enough = belief !== undefined && before === code ? belief.attempts : maxAttempts;
  if (failure.retryable && attempts < enough) {
    return {
      retry: true,
      delayMs: Math.min(maxDelayMs, firstDelayMs * 2 ** (attempts - 1)),
      countAttempt: true,
    };
  }
  return { retry: false, error: { code: belief?.code ?? code, detail, log } };
}
