/** Decides on passthrough: playing a source's own pictures as they are while the ladder is being encoded. */

import type { Grid } from "../../../protocol/grid.ts";
import type { Inspection } from "../../../protocol/inspection.ts";
import { toNumber } from "../../../protocol/rational.ts";
import type { Size } from "./display-size.ts";

/** H.264 as every device that plays HLS decodes it (Apple's authoring specification 1.2–1.4). */
const profiles = ["Constrained Baseline", "Baseline", "Main", "High"];

/** The largest picture, whichever way it is turned, pixels. */
const largest = { long: 1920, short: 1088 };

/** The rate of an ordinary home connection, which counts while the smaller rungs are not there yet, bits per second. */
const mostBitsPerSecond = 12_000_000;

/** One task reads it all: as much as it does in a few minutes, bytes. */
const mostBytes = 20_000_000_000;

/** The stated rate and the measured one of a film with an even rate agree this well. */
const evenRate = 0.002;

/**
 * @param size of the picture as it is seen.
 * @returns the obstacle, as half a sentence; null when the inspection shows none. The places of its key frames, and each
 * picture's own frame, are only seen when it is passed through.
 */
export function passthroughObstacle(inspection: Inspection, grid: Grid, size: Size): string | null {
  const { video, bytes } = inspection;
  const rate = toNumber(grid.frameRate);
  const seconds = grid.frames / rate;
  const stated = video.statedRate === null ? 0 : toNumber(video.statedRate);
  const average = video.averageRate === null ? 0 : toNumber(video.averageRate);
  const bitRate = (bytes * 8) / seconds;
  if (video.codec !== "h264") return `it is ${video.codec}, which not every device plays`;
  if (!profiles.includes(video.profile ?? "")) return `its H.264 profile is ${video.profile ?? "unknown"}`;
  if (video.pixelFormat !== "yuv420p") return `its pixel format is ${video.pixelFormat ?? "unknown"}`;
  if (video.interlaced) return "it is interlaced";
  if (video.rotation !== 0) return "its picture is turned";
  if (size.width !== video.width || size.height !== video.height) return "its pixels are not square";
  if (Math.max(size.width, size.height) > largest.long || Math.min(size.width, size.height) > largest.short)
    return "its picture is larger than 1080p";
  if (Math.abs(stated - rate) > rate * evenRate || Math.abs(average - rate) > rate * evenRate)
    return "its frames don't come at an even rate";
  if (bitRate > mostBitsPerSecond) return `it has ${Math.round(bitRate / 1e6)} Mbit/s`;
  if (bytes > mostBytes) return `it has ${Math.round(bytes / 1e9)} GB`;
  return null;
}
