/** The contract between the page's player and its two ways of playing: hls.js, and the browser's own HLS. */

/**
 * The reason why a film stopped: the grant was refused (renew it); it can't be loaded, which passes; or anything else. In words.
 */
export type Trouble = { kind: "refused" } | { kind: "unloadable" | "failed"; code: string; words: string };

/** One way of playing. Times are seconds. */
export interface Playing {
  /** Loads this playlist, from the start. */
  load(url: string): void;
  /** Goes on at this time with the grant of a new URL for the same film; `isOther`: with its playlist too. */
  renew(url: string, at: number, isOther: boolean): void;
  /** Uses the grant of a new URL for whatever is loaded from now on, and changes nothing else. @returns whether it can. */
  swap(url: string): boolean;
}
