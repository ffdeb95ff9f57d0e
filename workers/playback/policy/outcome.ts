/** What the rules let a viewer have of a title: the result of the rule that matched, before any one film is looked at. */

/** What is shown to a viewer as the film's rating, for example `FSK 16` and 16 years. */
export interface Rating {
  label: string;
  minimumAge: number;
}

/** See the file's comment. Languages are BCP 47 ranges in lower case; null stands for "no limit" or "nothing said". */
export interface Outcome {
  /** Name of the rule that says all this. */
  rule: string;
  /** Highest short side of the picture, pixels: 720 keeps 1280×720 and 720×1280. */
  maxHeight: number | null;
  /** Highest measured peak rate of a video rendition, bits per second. */
  maxBitrate: number | null;
  /** Sound in these languages only. */
  audioLanguages: readonly string[] | null;
  /** Subtitles in these languages only; an empty list is none. */
  textLanguages: readonly string[] | null;
  /** Plays, or is shown, unless the viewer preferences otherwise. */
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
