/** Tells a film whose content bears its length from one whose clock only jumps. */

/** Longest time that one picture may stand, seconds. Screen recordings and slide shows write none while nothing moves. */
export const longestHoldSeconds = 60;

/** The film may be this many times as long as what is in it. */
const maxStretch = 3;

/** A film shorter than this costs little, whatever its clock does, seconds. */
export const harmlessSeconds = 600;

/** The time of a film by its content, seconds. */
export interface FilmTime {
  durationSeconds: number;
  /** Of that, what pictures stand beyond {@link longestHoldSeconds} each. */
  heldSeconds: number;
  /** Length of the longest sound track, without gaps in it. */
  soundSeconds: number;
}

/**
 * A timestamp bomb is a few packets and a clock that jumps, so that a grid of equal frames becomes millions of copies.
 * Frames per second can't tell it from honest films: a screen recording has one picture a second, or none for half a
 * minute. The difference is in where the time goes. Time in holds of more than a minute that no sound runs through
 * is empty; a film that is more than three times as long as its rest is refused. One picture under two hours of talk
 * passes: its sound bears the time.
 */
export function isStretched({ durationSeconds, heldSeconds, soundSeconds }: FilmTime): boolean {
  if (durationSeconds <= harmlessSeconds) return false;
  const empty = Math.max(0, Math.min(heldSeconds, durationSeconds - soundSeconds));
  return durationSeconds > maxStretch * (durationSeconds - empty);
}

/** Adds up holds: what of each picture's duration is beyond {@link longestHoldSeconds}, seconds. */
export function beyondHold(seconds: number): number {
  return Math.max(0, seconds - longestHoldSeconds);
}
