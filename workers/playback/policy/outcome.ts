/** The outcome of a title's rules for a viewer: the result of the rule that matched, before it is applied to a film. */

/** A film's rating as viewers see it, for example `FSK 16` and 16 years. */
export interface Rating {
  label: string;
  minimumAge: number;
}

/** An outcome. Languages are BCP 47 ranges in lower case; null stands for "no limit" or "no default". */
export interface Outcome {
  /** Name of the rule that it comes from. */
  rule: string;
  /** Highest short side of the picture, pixels: 720 keeps 1280×720 and 720×1280. */
  maxHeight: number | null;
  /** Highest measured peak rate of a video rendition, bits per second. */
  maxBitrate: number | null;
  /** Sound in these languages only. */
  audioLanguages: readonly string[] | null;
  /** Subtitles in these languages only; an empty list is none. */
  textLanguages: readonly string[] | null;
  /** Plays, or is shown, unless the viewer chooses otherwise. */
  defaultAudio: string | null;
  defaultText: string | null;
  rating: Rating | null;
  /** The playback token's own cap on the short side, pixels: beside the rule's, so that explain can tell them apart. */
  tokenMaxHeight: number | null;
}

/** The same outcome under a playback token that binds to a highest rung (`maxHeight`: short side, pixels; null: it doesn't). */
export function limitOutcome(outcome: Outcome, limit: { maxHeight: number | null }): Outcome {
  if (limit.maxHeight === null) return outcome;
  const tokenMaxHeight = Math.min(limit.maxHeight, outcome.tokenMaxHeight ?? Number.POSITIVE_INFINITY);
  return { ...outcome, tokenMaxHeight };
}
