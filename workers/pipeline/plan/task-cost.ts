import { audioCodecs, sampleRate } from "../../../protocol/codecs.ts";
import type { Inspection } from "../../../protocol/inspection.ts";
import { framesToSeconds } from "../../../protocol/rational.ts";
import type { TaskSpec } from "../../../protocol/task.ts";

/**
 * Processor seconds per million pixels of a frame, measured: decoding H.264, and scaling plus encoding one rung with x264
 * veryfast. Only their proportion matters for long: what finished tasks really took corrects them.
 */
export const pixelCosts = { decode: 0.005, encode: 0.0215, toneMap: 0.02, deinterlace: 0.008 } as const;

/** Sound is decoded and written as FLAC about this many times faster than it plays, a track. */
const sliceSpeed = 150;

/** A source is read for its subtitles about this many times faster than it plays. */
const textSpeed = 200;

/** Reading and starting up, seconds: what every task costs whatever it does. */
export const leastSeconds = 1;

/** Finding that all of a task is there already, seconds. */
export const nothingSeconds = 0.05;

/** Remuxing and passthrough are bound by reading and writing, bytes per second. */
const streamSpeed = 50_000_000;

/**
 * About how long a task takes on one transcoder with this many processors, seconds.
 * @param video of the source; null while it is not known.
 */
export function taskSeconds(spec: TaskSpec, video: Inspection["video"] | null, processors: number): number {
  switch (spec.kind) {
    case "inspect":
      return 1;
    case "remux":
      return leastSeconds + spec.bytes / streamSpeed;
    case "video": {
      const decoded = video === null ? 0 : (video.width * video.height) / 1e6;
      const encoded = spec.rungs.reduce((sum, rung) => sum + (rung.width * rung.height) / 1e6, 0);
      const filters =
        (spec.filters.toneMap ? pixelCosts.toneMap : 0) +
        (spec.filters.deinterlace ? pixelCosts.deinterlace : 0);
      const perFrame = (pixelCosts.decode + filters) * decoded + pixelCosts.encode * encoded;
      return leastSeconds + ((spec.endFrame - spec.firstFrame) * perFrame) / processors;
    }
    case "passthrough":
      return leastSeconds + spec.bytes / streamSpeed;
    case "audio-slices": {
      const seconds = framesToSeconds(spec.endFrame - spec.firstFrame, spec.grid.frameRate);
      return leastSeconds + (seconds * spec.slices.length) / sliceSpeed;
    }
    case "audio":
      return (
        leastSeconds + ((spec.samples / sampleRate) * (spec.channels / 2)) / audioCodecs[spec.codec].speed
      );
    case "text":
      return leastSeconds + framesToSeconds(spec.grid.frames, spec.grid.frameRate) / textSpeed;
    default:
      return 1;
  }
}
