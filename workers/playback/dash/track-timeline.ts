/** The times of a rendition's segments as a manifest needs them: read from its ledger, where they are whole ticks. */
import { z } from "zod";

/** A ledger as far as a manifest needs it; see `Ledger` (workers/pipeline/storage/ledger.ts). */
export const trackTimeline = z.object({
  /** Ticks per second. */
  timescale: z.int().positive(),
  segments: z
    .array(
      z.object({
        file: z.string(),
        start: z.int().nonnegative(),
        duration: z.int().positive(),
        frames: z.int().nonnegative(),
      }),
    )
    .min(1),
  /** Of a storyboard: thumbnails of `width` × `height` pixels, in sheets of `columns` × `rows`. */
  tiles: z
    .object({
      columns: z.int().positive(),
      rows: z.int().positive(),
      width: z.int().positive(),
      height: z.int().positive(),
      intervalTicks: z.int().positive(),
    })
    .optional(),
});

/** See {@link trackTimeline}. */
export type TrackTimeline = z.infer<typeof trackTimeline>;

/** The end of a track, seconds. */
export function endSeconds({ timescale, segments }: TrackTimeline): number {
  const last = segments.at(-1);
  return last === undefined ? 0 : (last.start + last.duration) / timescale;
}

/**
 * The frame rate of a video as DASH writes it: `25`, or `30000/1001` (ISO/IEC 23009-1, 5.3.7.2). Null when frames have no
 * common length.
 */
export function exactFrameRate({ timescale, segments }: TrackTimeline): string | null {
  const frames = segments.reduce((sum, segment) => sum + segment.frames, 0);
  const ticks = segments.reduce((sum, segment) => sum + segment.duration, 0);
  if (frames === 0 || ticks % frames !== 0) return null;
  const divisor = greatestCommonDivisor(timescale, ticks / frames);
  const [numerator, denominator] = [timescale / divisor, ticks / frames / divisor];
  return denominator === 1 ? String(numerator) : `${numerator}/${denominator}`;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
