import { z } from "zod";
import { rational } from "./rational.ts";

/** The timeline that all video renditions of an asset share; everything on it is counted in whole frames. */
export const grid = z.object({
  frameRate: rational,
  /** Ticks per second of the video tracks, and ticks per frame: timescale / frameTicks = frameRate. */
  timescale: z.int().positive(),
  frameTicks: z.int().positive(),
  frames: z.int().positive(),
  gopFrames: z.int().positive(),
  segmentFrames: z.int().positive(),
  /** The place of frame 0 on the source's clock, and that clock's start, seconds. */
  originSeconds: z.number(),
  containerStartSeconds: z.number(),
});
/** See {@link grid}. */
export type Grid = z.infer<typeof grid>;
