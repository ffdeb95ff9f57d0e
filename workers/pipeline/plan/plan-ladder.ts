/** The video renditions of an asset: their sizes and their encoders' settings. */

import { z } from "zod";
import { type VideoCodec, videoCodecs } from "../../../protocol/codecs.ts";
import type { Grid } from "../../../protocol/grid.ts";
import type { Complexity } from "../../../protocol/inspection.ts";
import { toNumber } from "../../../protocol/rational.ts";
import { ladderBoxes } from "../../shared/ladder-boxes.ts";
import type { Size } from "./display-size.ts";
import { h264Level } from "./h264-level.ts";

/** A rung before it has a key. */
export interface LadderRung {
  label: string;
  codec: VideoCodec;
  width: number;
  height: number;
  crf: number;
  maxrateKbps: number;
  level: string;
}

/** The source counts as being of a box's size when it is this close: 1916 × 1076 is 1080p. */
const sameSize = 0.03;

/** Frames above this rate need more bits than the boxes' rates give, by this much. */
const highRate = { framesPerSecond: 31, factor: 1.5 };

/** Bits that an ordinary film takes at 360 lines and the ladder's CRF, kbit/s: the boxes' rates are for it. */
const ordinaryKbps = 400;

/** The limits within which a film's own difficulty lowers or raises the caps. */
const difficultyLimits = { least: 0.4, most: 1.6 };

/** Bits grow more slowly than pixels, by this power. */
const pixelPower = 0.8;

/** A rung whose next larger neighbour would need no more than this has no use, kbit/s. */
const thriftyKbps = 64;

/** The decision on a rung of the ladder, with its reason. */
export const ladderDecision = z.object({
  label: z.string(),
  width: z.int(),
  height: z.int(),
  kept: z.boolean(),
  maxrateKbps: z.int(),
  reason: z.string(),
});
/** See {@link ladderDecision}. */
export type LadderDecision = z.infer<typeof ladderDecision>;

/**
 * The ladder for a film: the sizes that fit it, each capped as its own difficulty asks, without those that nobody would
 * be served. CRF decides below the caps, so an easy film is small anyway; its caps keep its peaks small as well.
 * @param complexity null: as for an ordinary film.
 */
export function planLadder(
  size: Size,
  grid: Grid,
  complexity: Complexity | null,
): { rungs: LadderRung[]; decisions: LadderDecision[] } {
  const sizes = planSizes(size, grid);
  if (complexity === null) {
    const reason = "Its size fits the source; the film's difficulty was not measured.";
    return { rungs: sizes, decisions: sizes.map((rung) => decide(rung, true, reason)) };
  }
  const rates = complexity.windows.map(({ kbps }) => kbps);
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const hardest = Math.max(...rates);
  const { least, most } = difficultyLimits;
  const difficulty = Math.min(most, Math.max(least, hardest / ordinaryKbps));
  const probed = probedPixels(size, complexity.shortSide);
  const needs = ({ width, height }: LadderRung): number => mean * ((width * height) / probed) ** pixelPower;
  const rate = toNumber(grid.frameRate);
  const decisions = sizes.map((rung, n) => {
    const cap = Math.round(rung.maxrateKbps * difficulty);
    const level = h264Level(rung.width, rung.height, rate, cap);
    const capped = { ...rung, maxrateKbps: cap, level };
    const above = sizes[n - 1];
    if (above !== undefined && needs(above) <= thriftyKbps) {
      const reason = `${above.label} needs only about ${Math.ceil(needs(above))} kbit/s itself.`;
      return { rung: capped, decision: decide(capped, false, reason) };
    }
    const reason = `Windows take up to ${hardest} kbit/s at ${complexity.shortSide} lines: caps × ${difficulty.toFixed(2)}.`;
    return { rung: capped, decision: decide(capped, true, reason) };
  });
  return {
    rungs: decisions.flatMap(({ rung, decision }) => (decision.kept ? [rung] : [])),
    decisions: decisions.map(({ decision }) => decision),
  };
}

function decide(
  { label, width, height, maxrateKbps }: LadderRung,
  kept: boolean,
  reason: string,
): LadderDecision {
  return { label, width, height, kept, maxrateKbps, reason };
}

function probedPixels(size: Size, shortSide: number): number {
  return (Math.max(size.width, size.height) / Math.min(size.width, size.height)) * shortSide ** 2;
}

/**
 * Plans the sizes for a picture of this size: no rung above the source; the top one at the source's own size when that
 * falls between two boxes, and the only one when it is below all. Aspect is kept to the nearest even pixel.
 */
function planSizes(size: Size, grid: Grid): LadderRung[] {
  const fits = ladderBoxes.map((box) => ({ ...box, scale: scaleInto(size, box) }));
  const rungs = fits
    .filter(({ scale }) => scale <= 1 + sameSize)
    .map((box) => ({ ...box, scale: Math.min(1, box.scale) }));
  const top = rungs[0];
  const above = fits.findLast(({ scale }) => scale > 1 + sameSize);
  const ownSize = above !== undefined && (top === undefined || top.scale < 1 - sameSize);
  const own = ownSize ? [{ label: `${nominalLines(size)}p`, scale: 1, maxrateKbps: ownRate(above) }] : [];
  const rate = toNumber(grid.frameRate);
  const factor = rate > highRate.framesPerSecond ? highRate.factor : 1;
  return [...own, ...rungs].map(({ label, scale, maxrateKbps }) => {
    const width = even(size.width * scale);
    const height = even(size.height * scale);
    const cap = Math.round(maxrateKbps * factor);
    return {
      label,
      codec: "h264",
      width,
      height,
      crf: videoCodecs.h264.crf,
      maxrateKbps: cap,
      level: h264Level(width, height, rate, cap),
    };
  });
}

/** The lines of the 16:9 picture that holds this one: 800 × 332 is 450p, so that labels fall as sizes do. */
function nominalLines(size: Size): number {
  const long = Math.max(size.width, size.height);
  const short = Math.min(size.width, size.height);
  return even(Math.max(short, (long * 9) / 16));
}

function scaleInto(size: Size, box: { long: number; short: number }): number {
  const long = Math.max(size.width, size.height);
  const short = Math.min(size.width, size.height);
  return Math.min(box.long / long, box.short / short);
}

/**
 * The rate of the box above, less as the source has fewer pixels than that box would; a small picture needs some all
 * the same.
 */
function ownRate(above: { scale: number; maxrateKbps: number }): number {
  const floor = 200;
  return Math.max(floor, Math.round(above.maxrateKbps / above.scale ** 1.5));
}

function even(pixels: number): number {
  return Math.max(2, Math.round(pixels / 2) * 2);
}
