import type { Grid, Inspection } from "../../../protocol/protocol.ts";
import { chooseFrameRate } from "./frame-rate.ts";

/** Seconds of a GOP (Apple HLS authoring spec 1.13) and of a segment (7.5): nominal, in whole frames of the grid. */
const gopSeconds = 2;
const gopsPerSegment = 3;

/** MP4 wants a timescale in which a frame is a whole number of ticks; players like it fine. */
const minTimescale = 10_000;

/** Lays the grid of an asset: the frame rate, and how many frames lie between the first frame's start and the last one's end. */
export function planGrid(inspection: Inspection): Grid {
  const { video } = inspection;
  const frameRate = chooseFrameRate(video);
  const rate = frameRate.num / frameRate.den;
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
