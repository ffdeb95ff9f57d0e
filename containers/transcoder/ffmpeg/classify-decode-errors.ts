/** Tells a scratch, which is reported while the film goes on, from damage, which ends it. */
import type { Grid } from "../../../protocol/grid.ts";
import { framesToSeconds } from "../../../protocol/rational.ts";
import type { TaskReport } from "../../../protocol/report.ts";
import { damaged } from "../task/source-errors.ts";
import type { LogFindings } from "./watch-log.ts";

interface DecodeErrors {
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
 * Counts a piece's errors. Pictures that were repeated count as lost only when the demuxer or decoder complained as well: a
 * screen recording repeats most of its pictures and is whole, a torn Matroska file just skips to its next cluster.
 * @param pictureStream the video stream that is encoded, every other one is sound; null when only sound is read.
 * @param frames pictures that the piece has; @param seconds its length.
 */
export function classifyDecodeErrors(
  { decodeErrors, complaints, repeatedFrames }: LogFindings,
  pictureStream: number | null,
  frames: number,
  seconds: number,
): DecodeErrors {
  const broken = pictureStream === null ? 0 : (decodeErrors[pictureStream] ?? 0);
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

/**
 * Checks a piece of film by its run's log.
 * @returns a warning where something could not be decoded; none for a whole piece.
 * @throws TaskFailure `damaged` when it is too much.
 */
export function checkDecodeErrors(
  findings: LogFindings,
  pictureStream: number | null,
  { grid, firstFrame, endFrame }: { grid: Grid; firstFrame: number; endFrame: number },
  log: string,
): NonNullable<TaskReport["warnings"]> {
  const frames = endFrame - firstFrame;
  const seconds = framesToSeconds(frames, grid.frameRate);
  const errors = classifyDecodeErrors(findings, pictureStream, frames, seconds);
  const clock = (frame: number): string => {
    const at = Math.round(framesToSeconds(frame, grid.frameRate));
    return `${Math.floor(at / 60)}:${String(at % 60).padStart(2, "0")}`;
  };
  const where = `between ${clock(firstFrame)} and ${clock(endFrame)}`;
  const detail = `${errors.pictures} pictures and ${errors.sounds} pieces of sound ${where} can't be decoded whole`;
  if (errors.damaged) throw damaged(detail, log);
  return errors.pictures + errors.sounds === 0 ? [] : [{ code: "decode_errors", detail }];
}
