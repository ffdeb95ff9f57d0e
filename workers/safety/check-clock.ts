/**
 * Decides if the clock may be trusted with deleting. Pure. What is deleted is deleted because it is old, so a clock that
 * runs ahead would delete too early. The trusted time follows the clock in steps of less than a day; after a longer jump
 * (a wrong clock, or a service that stood still) it follows only when the clock has gone on from there for a day.
 */

/** The newest trusted time, and the time at which a jump ahead was first seen (null: none). Unix milliseconds. */
export interface ClockState {
  trusted: number;
  jumpedTo: number | null;
}

/** The longest step ahead that is no jump, and the time for which a jump must last, milliseconds. */
export const jumpMs = 86_400_000;

/** The state after a look at the clock, and true in `holds` while nothing may be deleted by it. */
export function checkClock({ trusted, jumpedTo }: ClockState, now: number): ClockState & { holds: boolean } {
  if (now <= trusted) return { trusted, jumpedTo: null, holds: false };
  if (now - trusted <= jumpMs) return { trusted: now, jumpedTo: null, holds: false };
  if (jumpedTo === null || now < jumpedTo) return { trusted, jumpedTo: now, holds: true };
  if (now - jumpedTo < jumpMs) return { trusted, jumpedTo, holds: true };
  return { trusted: now, jumpedTo: null, holds: false };
}
