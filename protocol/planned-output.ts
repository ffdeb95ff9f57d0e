/**
 * The most that a task may store, in bytes, by its plan. The transcoder stops what goes beyond it while it is made; the Worker
 * refuses it when it is put, whatever the transcoder believes. Both leave room for what encoders do around their caps.
 */
import { sampleRate } from "./codecs.ts";
import { framesToSeconds } from "./rational.ts";
import type { AudioSlicesTask, TaskSpec } from "./task.ts";

/** The files of a rendition: bytes of the largest one, and the numbers [first, end) that its segments or sheets have. */
export interface PlannedFiles {
  bytes: number;
  first: number;
  end: number;
}

/** Capped CRF stays near its cap; an encoder that writes more than this many times the cap is broken. */
const maxOutputFactor = 2;

/** Bytes that any output may have on top of its planned rate: headers, and the first pictures of a short film. */
const outputSlackBytes = 8 * 1024 * 1024;

/** The same for one segment or picture of it. */
const fileSlackBytes = 4 * 1024 * 1024;

/** The same packets in other boxes. */
const maxGrowth = 1.1;

/** A mezzanine has the same packets in other boxes; tiny packets in Matroska blocks may take twice their bytes. */
const maxMezzanineFactor = 2;

/** Bytes of a part of the mezzanine; R2 wants all parts but the last to be equal. 10,000 of them hold 312 GiB. */
export const mezzaninePartBytes = 32 * 1024 * 1024;

/** A passed-through segment: H.264 level 4.2 in High profile at its highest rate (ISO/IEC 14496-10 table A-1), 10.5 s of it. */
const maxPassthroughSegmentBytes = (62_500_000 / 8) * 10.5 + fileSlackBytes;

/** A segment of subtitles, of about a minute, bytes of WebVTT. */
export const maxTextSegmentBytes = 512 * 1024;

/** A whole track of subtitles, bytes of WebVTT. Twelve hours of speech are 1.2 MB. */
export const maxTextTrackBytes = 4_000_000;

/** JPEG of our qualities takes less than this for each pixel, bytes. */
const maxPixelBytes = 3;

/** The files that a task may put in each of its renditions, by key. */
export function plannedFiles(spec: TaskSpec): Record<string, PlannedFiles> {
  switch (spec.kind) {
    case "video": {
      const { firstFrame, endFrame, grid } = spec;
      const seconds = framesToSeconds(grid.segmentFrames, grid.frameRate);
      const numbers = {
        first: Math.floor(firstFrame / grid.segmentFrames),
        end: Math.ceil(endFrame / grid.segmentFrames),
      };
      return Object.fromEntries(
        spec.rungs.map(({ key, maxrateKbps }) => [
          key,
          { ...numbers, bytes: encodedBytes(maxrateKbps, seconds, fileSlackBytes) },
        ]),
      );
    }
    case "passthrough": {
      const { grid, key } = spec;
      // Two neighbours together are longer than a segment of the grid, or they would be one.
      const end = 2 * Math.ceil(grid.frames / grid.segmentFrames) + 1;
      const bytes = Math.min(passthroughBytes(spec.bytes), maxPassthroughSegmentBytes);
      return { [key]: { bytes: Math.round(bytes), first: 0, end } };
    }
    case "audio": {
      const seconds = framesToSeconds(spec.segmentFrames, spec.frameRate);
      const end = Math.ceil(spec.samples / (seconds * sampleRate)) + 1;
      return {
        [spec.key]: { bytes: encodedBytes(spec.bitrateKbps, seconds, fileSlackBytes), first: 0, end },
      };
    }
    case "text": {
      const { grid, segmentsPerFile, tracks } = spec;
      const end = Math.ceil(grid.frames / (grid.segmentFrames * segmentsPerFile));
      return Object.fromEntries(
        tracks.map(({ key }) => [key, { bytes: maxTextSegmentBytes, first: 0, end }]),
      );
    }
    case "storyboard": {
      const { columns, rows, width, height } = spec.tiles;
      const thumbnails = Math.ceil(spec.grid.frames / spec.intervalFrames);
      const bytes = pictureBytes(columns * width, rows * height);
      return { [spec.key]: { bytes, first: 0, end: Math.ceil(thumbnails / (columns * rows)) } };
    }
    case "poster": {
      const bytes = Math.max(...spec.images.map(({ width, height }) => pictureBytes(width, height)));
      return { [spec.key]: { bytes, first: 0, end: 0 } };
    }
    default:
      return {};
  }
}

/** Bytes of what is encoded at a rate. @param slackBytes may come on top. */
export function encodedBytes(kbps: number, seconds: number, slackBytes: number = outputSlackBytes): number {
  return Math.ceil(kbps * 125 * seconds * maxOutputFactor) + slackBytes;
}

/** Bytes of a passed-through rendition. @param sourceBytes size of the source. */
export function passthroughBytes(sourceBytes: number): number {
  return Math.ceil(sourceBytes * maxGrowth) + outputSlackBytes;
}

/** Bytes of a JPEG. */
export function pictureBytes(width: number, height: number): number {
  return width * height * maxPixelBytes + 64 * 1024;
}

/** Bytes of an audio slice: FLAC of 16-bit samples is never larger than they are, but for its frames' headers. */
export function sliceBytes({ firstSample, endSample, channels }: AudioSlicesTask["slices"][number]): number {
  return Math.ceil((endSample - firstSample) * channels * 2 * 1.1) + 1024 * 1024;
}

/** Bytes of a mezzanine. @param sourceBytes size of the source. */
export function mezzanineBytes(sourceBytes: number): number {
  return sourceBytes * maxMezzanineFactor + outputSlackBytes;
}
