/** The key files of an encrypted rendition, each for a part of it. They lie beside the segments they open. */

/**
 * Segments that share a key: a minute of film. A player must come back for the next key, to the gateway and nowhere else, so
 * that a takedown or a closing window also stops viewers whose segments come from a cache that is not ours.
 */
const segmentsPerKey = 10;

/** The key of all I-frames: they are too few seconds to be a film, and a viewer who scrubs needs them all at once. */
export const iframesKeyFile = "iframes.key";

/** The key of the segment with this media sequence number. */
export function segmentsKeyFile(mediaSequence: number): string {
  return `segments-${fiveDigits(Math.floor(mediaSequence / segmentsPerKey))}.key`;
}

/** Checks whether a file of this name is a key. */
export function isKeyFile(name: string): boolean {
  return name === iframesKeyFile || /^segments-[0-9]{5}\.key$/.test(name);
}

/** A number as file names count. */
export function fiveDigits(n: number): string {
  return String(n).padStart(5, "0");
}
