/** Which key file opens which part of an encrypted rendition. Key files lie beside the segments they open. */

/**
 * Segments that share a key: a minute of film. A player has to come back for the next key, to the gateway and nowhere else,
 * so that a takedown or a closing window also stops who gets their segments from a cache that is not ours.
 */
const segmentsPerKey = 10;

/** The key of all I-frames: they are too few seconds to be a film, and who scrubs wants them all at once. */
export const iframesKeyFile = "iframes.key";

/** The key of the segment with this media sequence number. */
export function segmentsKeyFile(mediaSequence: number): string {
  return `segments-${fiveDigits(Math.floor(mediaSequence / segmentsPerKey))}.key`;
}

/** Whether a file of this name is a key. */
export function isKeyFile(name: string): boolean {
  return name === iframesKeyFile || /^segments-[0-9]{5}\.key$/.test(name);
}

/** As file names count. */
export function fiveDigits(n: number): string {
  return String(n).padStart(5, "0");
}
