/** Whether what is wrong in a chunk is a scratch or makes it unwatchable. */
import type { LogFindings } from "./watch-log.ts";

/** A scratch is told, and the film goes on; `damaged` ends it. */
export interface DecodeVerdict {
  damaged: boolean;
  /** Pictures that decoded with errors or not at all, and those that never came. */
  pictures: number;
  /** Packets of sound that could not be decoded. */
  sounds: number;
}

/** So few are never called damage, however short the chunk: a capture that begins in mid-GOP has some. */
const alwaysAllowed = 12;

/** Share of a chunk's pictures that may have errors: at a tenth a viewer sees one in most seconds. */
const maxPictureShare = 0.1;

/** Sound packets a second that may be lost, of some 47 (AAC at 48 kHz). */
const maxSoundErrorsPerSecond = 12;

/**
 * Judges a chunk. Pictures that were repeated count as lost only when the demuxer or decoder complained as well: a
 * screen recording repeats most of its pictures and is whole, a torn Matroska file just skips to its next cluster.
 * @param pictureStream the video stream that is encoded, every other one is sound.
 * @param frames pictures that the chunk has; @param seconds how long it is.
 */
export function judgeDecodeErrors(
  { decodeErrors, complaints, repeatedFrames }: LogFindings,
  pictureStream: number,
  frames: number,
  seconds: number,
): DecodeVerdict {
  const broken = decodeErrors[pictureStream] ?? 0;
  const all = Object.values(decodeErrors).reduce((sum, count) => sum + count, 0);
  const pictures = broken + complaints > 0 ? Math.max(broken, repeatedFrames) : 0;
  const sounds = all - broken;
  return {
    damaged:
      pictures > Math.max(alwaysAllowed, frames * maxPictureShare) ||
      sounds > Math.max(alwaysAllowed, seconds * maxSoundErrorsPerSecond),
    pictures,
    sounds,
  };
}
