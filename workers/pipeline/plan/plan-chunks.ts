import type { Grid } from "../../../protocol/protocol.ts";

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
