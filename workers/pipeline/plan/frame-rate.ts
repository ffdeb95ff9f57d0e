/** Chooses the frame rate that a film is encoded at: its natural one (Apple HLS authoring spec 1.18), at most 60 (1.19). */

import type { Inspection } from "../../../protocol/inspection.ts";
import { type Rational, toNumber } from "../../../protocol/rational.ts";

/** The rates of Apple's rule 1.18, and others that films really have. */
const standardRates: Rational[] = [
  { num: 24000, den: 1001 },
  { num: 24, den: 1 },
  { num: 25, den: 1 },
  { num: 30000, den: 1001 },
  { num: 30, den: 1 },
  { num: 48, den: 1 },
  { num: 50, den: 1 },
  { num: 60000, den: 1001 },
  { num: 60, den: 1 },
];
const maxRate = 60;
const lowestNaturalRate = 1;
const fallback: Rational = { num: 30, den: 1 };

/**
 * The distance that a measured mean may have from a rate that it stands for: timestamps are rounded, last frames last
 * longer.
 */
const tolerance = 0.004;

/**
 * The rate of the grid. A constant rate is kept exactly; a variable one becomes the standard rate that its frames are
 * slots of. Interlaced video is deinterlaced to one frame per field, so its rate is doubled (rule 1.15).
 */
export function chooseFrameRate(video: Inspection["video"]): Rational {
  const natural = naturalRate(video);
  const rate =
    video.interlaced && toNumber(natural) <= maxRate / 2 ? { ...natural, num: natural.num * 2 } : natural;
  return halveToLimit(rate);
}

function naturalRate({ statedRate, averageRate }: Inspection["video"]): Rational {
  const average = averageRate ?? statedRate;
  if (average === null) return fallback;
  const snapped = nearest(average, tolerance);
  if (snapped !== null) return snapped;
  const isConstant =
    statedRate !== null && Math.abs(toNumber(statedRate) / toNumber(average) - 1) < tolerance;
  if (isConstant && toNumber(average) >= lowestNaturalRate) return simplify(statedRate);
  // Variable rate: the stated rate is the finest slot; use it when it is a rate that a camera has.
  const slots = statedRate === null ? 0 : toNumber(statedRate) / toNumber(average);
  if (statedRate !== null && toNumber(statedRate) <= maxRate && slots >= 1 && slots < 2) {
    return nearest(statedRate, tolerance) ?? simplify(statedRate);
  }
  return (
    standardRates.find((rate) => toNumber(rate) >= toNumber(average) * (1 - tolerance)) ?? simplify(average)
  );
}

function nearest(rate: Rational, limit: number): Rational | null {
  const distance = (candidate: Rational): number => Math.abs(toNumber(candidate) / toNumber(rate) - 1);
  const best = standardRates.reduce((a, b) => (distance(b) < distance(a) ? b : a));
  return distance(best) <= limit ? best : null;
}

function halveToLimit(rate: Rational): Rational {
  const factor = Math.ceil(toNumber(rate) / (maxRate * (1 + tolerance)));
  return factor === 1
    ? rate
    : (nearest({ num: rate.num, den: rate.den * factor }, tolerance) ??
        simplify({ num: rate.num, den: rate.den * factor }));
}

/** Reduces a rate, and rounds one with an unwieldy denominator to thousandths, so that ticks stay whole and small. */
function simplify(rate: Rational): Rational {
  const divisor = gcd(rate.num, rate.den);
  const reduced = { num: rate.num / divisor, den: rate.den / divisor };
  if (reduced.den <= 1001 && reduced.num <= 120_000) return reduced;
  const thousandths = Math.max(1, Math.round(toNumber(rate) * 1000));
  const common = gcd(thousandths, 1000);
  return { num: thousandths / common, den: 1000 / common };
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
