/** Asks again at the very moment at which the rules for this viewer change: what has closed is off the screen then. */

/** The longest wait that a browser's timer takes, ms (2³¹ - 1). */
const longestTimerMs = 2_147_483_647;

/** Asked a little late rather than early, and not again at once when a clock is a hair behind: ms. */
const slackMs = 50;

/**
 * Calls `check` when the time has come. @returns a function to call with each new answer of how long the rules stay as they are:
 * seconds from now; null: for good.
 */
export function watchRules(check: () => Promise<void>): (changesIn: number | null) => void {
  let timer: number | undefined;
  return (changesIn) => {
    clearTimeout(timer);
    if (changesIn === null) return;
    const waitMs = changesIn * 1000 + slackMs;
    // A change that is weeks away is asked for again by then, because grants don't last that long.
    if (waitMs <= longestTimerMs) timer = setTimeout(() => void check(), waitMs);
  };
}
