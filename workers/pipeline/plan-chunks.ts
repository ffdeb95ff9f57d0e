import type { Grid } from "../../containers/transcoder/protocol.ts";

/** Longest chunk, in segments: 48 s. Longer ones save nothing more in decoding, and a lost one costs more. */
const maxSegments = 8;

/**
 * Cuts the grid into chunks of whole segments, as equal as they can be, 24–48 s each; a film of up to 48 s is one chunk.
 * @returns frame ranges [firstFrame, endFrame) that cover the grid without gap or overlap.
 */
export function planChunks(grid: Grid): { firstFrame: number; endFrame: number }[] {
  const segments = Math.ceil(grid.frames / grid.segmentFrames);
  const chunks = Math.ceil(segments / maxSegments);
  return Array.from({ length: chunks }, (_, n) => ({
    firstFrame: Math.floor((n * segments) / chunks) * grid.segmentFrames,
    endFrame: Math.min(grid.frames, Math.floor(((n + 1) * segments) / chunks) * grid.segmentFrames),
  }));
}
