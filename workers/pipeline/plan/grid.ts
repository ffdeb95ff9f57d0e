import type { Grid } from "../../../protocol/grid.ts";
import type { Inspection } from "../../../protocol/inspection.ts";
import { toNumber } from "../../../protocol/rational.ts";
import { segmentSeconds } from "../../shared/ladder-boxes.ts";
import { chooseFrameRate } from "./frame-rate.ts";

/** Seconds of a GOP (Apple HLS authoring spec 1.13): nominal, in whole frames of the grid. */
const gopSeconds = 2;
const gopsPerSegment = segmentSeconds / gopSeconds;

/** MP4 wants a timescale in which a frame is a whole number of ticks; players like it fine. */
const minTimescale = 10_000;

/**
 * Lays the grid of an asset: the frame rate, and how many frames lie between the first frame's start and the last one's
 * end.
 */
export function planGrid(inspection: Inspection): Grid {
  const { video } = inspection;
  const frameRate = chooseFrameRate(video);
  const rate = toNumber(frameRate);
  const factor = Math.max(1, Math.ceil(minTimescale / frameRate.num));
  const gopFrames = Math.max(1, Math.round(gopSeconds * rate));
  return {
    frameRate,
    timescale: frameRate.num * factor,
    frameTicks: frameRate.den * factor,
    frames: Math.max(1, Math.round((video.endSeconds - video.startSeconds) * rate)),
    gopFrames,
    segmentFrames: gopFrames * gopsPerSegment,
    originSeconds: video.startSeconds,
    containerStartSeconds: inspection.startSeconds,
  };
}

/**
 * Cuts the grid into chunks of whole segments, as equal as they can be, the longest of `maxSegments`. With 8 (48 s) longer
 * films have chunks of 24–48 s: longer ones save nothing more in decoding, and a lost one costs more.
 * @returns frame ranges [firstFrame, endFrame) that cover the grid without gap or overlap.
 */
export function planChunks(grid: Grid, maxSegments: number): { firstFrame: number; endFrame: number }[] {
  const segments = Math.ceil(grid.frames / grid.segmentFrames);
  const chunks = Math.ceil(segments / maxSegments);
  return Array.from({ length: chunks }, (_, n) => ({
    firstFrame: Math.floor((n * segments) / chunks) * grid.segmentFrames,
    endFrame: Math.min(grid.frames, Math.floor(((n + 1) * segments) / chunks) * grid.segmentFrames),
  }));
}
