/** Media playlists of encrypted renditions, made of the stored ones (RFC 8216 §4.3.2.4). Pure. */
import { fiveDigits, iframesKeyFile, segmentsKeyFile } from "./key-files.ts";

/** An I-frame's place in a stored segment, bytes. */
export interface IframePlace {
  file: string;
  offset: number;
  bytes: number;
}

/**
 * The playlist of the encrypted segments. Init segments stay clear, because their EXT-X-MAP comes before the first EXT-X-KEY
 * (§4.3.2.5); they hold no picture and no sound. No IV is written: then it is each segment's media sequence number (§5.2),
 * where a written one would be the same for all segments of a key.
 * @throws Error when the n-th segment is not `seg-{n}.m4s`, because its key and IV follow from its number.
 */
export function encryptPlaylist(text: string): string {
  let sequence = 0;
  let keyFile: string | null = null;
  const lines = text.split("\n").flatMap((line) => {
    if (isUri(line)) {
      if (line !== `seg-${fiveDigits(sequence)}.m4s`) throw new Error(`${line} is not segment ${sequence}`);
      sequence++;
    }
    if (!line.startsWith("#EXTINF:") || segmentsKeyFile(sequence) === keyFile) return [line];
    keyFile = segmentsKeyFile(sequence);
    return [keyTag(keyFile), line];
  });
  return lines.join("\n");
}

/**
 * The playlist of encrypted I-frames. A part of an encrypted segment can't be decrypted alone, so each I-frame is a
 * resource of its own instead of a byte range (§4.3.2.2), `iframe-{n}.m4s`.
 */
export function encryptIframePlaylist(text: string): string {
  let sequence = 0;
  const lines = text
    .split("\n")
    .filter((line) => !line.startsWith("#EXT-X-BYTERANGE:"))
    .map((line) => (isUri(line) ? `iframe-${fiveDigits(sequence++)}.m4s` : line));
  const first = lines.findIndex((line) => line.startsWith("#EXTINF:"));
  return lines.toSpliced(first, 0, keyTag(iframesKeyFile)).join("\n");
}

/** The place of the n-th I-frame of a stored I-frame playlist; null when there is none. */
export function iframePlace(text: string, n: number): IframePlace | null {
  let range: string | undefined;
  let sequence = 0;
  for (const line of text.split("\n")) {
    if (line.startsWith("#EXT-X-BYTERANGE:")) range = line.slice("#EXT-X-BYTERANGE:".length);
    if (!isUri(line) || sequence++ < n) continue;
    const [, bytes, offset] = /^([0-9]+)@([0-9]+)$/.exec(range ?? "") ?? [];
    return bytes === undefined ? null : { file: line, offset: Number(offset), bytes: Number(bytes) };
  }
  return null;
}

function keyTag(keyFile: string): string {
  return `#EXT-X-KEY:METHOD=AES-128,URI="${keyFile}"`;
}

function isUri(line: string): boolean {
  return line !== "" && !line.startsWith("#");
}
