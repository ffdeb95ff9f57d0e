import type { Inspection } from "../../../protocol/inspection.ts";

/** A picture's size in square pixels, as a viewer sees it. */
export interface Size {
  width: number;
  height: number;
}

/** A pixel aspect this close to square is the rounding of an earlier scaling (399:400), and not meant. */
const nearlySquare = 0.01;

/** The source's size with its pixels made square and its rotation applied; whole pixels, at least 2. */
export function displaySize(video: Inspection["video"]): Size {
  const stated = video.sampleAspect.num / video.sampleAspect.den;
  const aspect = Math.abs(stated - 1) <= nearlySquare ? 1 : stated;
  // Widen or heighten, never throw lines away: the side that square pixels make longer grows.
  const square =
    aspect >= 1
      ? { width: video.width * aspect, height: video.height }
      : { width: video.width, height: video.height / aspect };
  const turned = video.rotation === 90 || video.rotation === 270;
  const [width, height] = turned ? [square.height, square.width] : [square.width, square.height];
  return { width: Math.max(2, Math.round(width)), height: Math.max(2, Math.round(height)) };
}
