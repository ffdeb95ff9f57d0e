import type { Rational } from "../../../protocol/protocol.ts";

/** Samples in an AAC-LC frame (ISO/IEC 14496-3). */
export const aacFrameSamples = 1024;

/**
 * Where audio segments end, samples at 48 kHz: the AAC frame boundary nearest to each video segment's end (Apple
 * authoring spec 8.22: same boundaries in all renditions). The last one is the track's end.
 */
export function audioBoundaries(samples: number, segmentFrames: number, frameRate: Rational): number[] {
  const boundaries: number[] = [];
  for (let segment = 1; ; segment++) {
    const exact = (segment * segmentFrames * frameRate.den * 48_000) / frameRate.num;
    const boundary = Math.round(exact / aacFrameSamples) * aacFrameSamples;
    // A last segment shorter than half an AAC frame joins the one before it.
    if (exact >= samples - aacFrameSamples / 2 || boundary >= samples) return [...boundaries, samples];
    boundaries.push(boundary);
  }
}
