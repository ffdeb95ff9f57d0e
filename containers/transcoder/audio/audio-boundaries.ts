import { sampleRate } from "../../../protocol/codecs.ts";
import type { Rational } from "../../../protocol/rational.ts";

/**
 * The ends of audio segments, samples at 48 kHz: the boundary of a codec's frames nearest to each video segment's end (Apple
 * authoring spec 8.22: same boundaries in all renditions). The last one is the track's end.
 */
export function audioBoundaries(
  samples: number,
  segmentFrames: number,
  frameRate: Rational,
  frameSamples: number,
): number[] {
  const boundaries: number[] = [];
  for (let segment = 1; ; segment++) {
    const exact = (segment * segmentFrames * frameRate.den * sampleRate) / frameRate.num;
    const boundary = Math.round(exact / frameSamples) * frameSamples;
    // A last segment shorter than half a frame joins the one before it.
    if (exact >= samples - frameSamples / 2 || boundary >= samples) return [...boundaries, samples];
    boundaries.push(boundary);
  }
}
