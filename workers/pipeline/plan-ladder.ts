/** The video renditions of an asset: which sizes, and how each is encoded. */
import type { Grid } from "../../containers/transcoder/protocol.ts";
import type { Size } from "./display-size.ts";
import { h264Level } from "./h264-level.ts";

/** A rung before it has a key. */
export interface LadderRung {
  label: string;
  width: number;
  height: number;
  crf: number;
  maxrateKbps: number;
  level: string;
}

/**
 * The ladder's boxes: a film is scaled to fit into each, whatever its shape (1920 × 800 is 1080p, and so is
 * 1080 × 1920). Rates are for 30 frames a second, after Apple's ladder, as caps: CRF decides below them.
 */
const boxes = [
  { label: "1080p", long: 1920, short: 1080, maxrateKbps: 6000 },
  { label: "720p", long: 1280, short: 720, maxrateKbps: 3000 },
  { label: "480p", long: 854, short: 480, maxrateKbps: 1400 },
  { label: "360p", long: 640, short: 360, maxrateKbps: 800 },
  { label: "240p", long: 426, short: 240, maxrateKbps: 400 },
] as const;

const crf = 23;

/** The source counts as being of a box's size when it is this close: 1916 × 1076 is 1080p. */
const sameSize = 0.03;

/** Frames above this rate need more bits than the boxes' rates give, by this much. */
const highRate = { framesPerSecond: 31, factor: 1.5 };

/**
 * Plans the ladder for a picture of this size: no rung above the source; the top one at the source's own size when that
 * falls between two boxes, and the only one when it is below all. Aspect is kept to the nearest even pixel.
 */
export function planLadder(size: Size, grid: Grid): LadderRung[] {
  const fits = boxes.map((box) => ({ ...box, scale: scaleInto(size, box) }));
  const rungs = fits
    .filter(({ scale }) => scale <= 1 + sameSize)
    .map((box) => ({ ...box, scale: Math.min(1, box.scale) }));
  const top = rungs[0];
  const above = fits.findLast(({ scale }) => scale > 1 + sameSize);
  const ownSize = above !== undefined && (top === undefined || top.scale < 1 - sameSize);
  const own = ownSize ? [{ label: `${nominalLines(size)}p`, scale: 1, maxrateKbps: ownRate(above) }] : [];
  const rate = grid.frameRate.num / grid.frameRate.den;
  const factor = rate > highRate.framesPerSecond ? highRate.factor : 1;
  return [...own, ...rungs].map(({ label, scale, maxrateKbps }) => {
    const width = even(size.width * scale);
    const height = even(size.height * scale);
    const cap = Math.round(maxrateKbps * factor);
    return { label, width, height, crf, maxrateKbps: cap, level: h264Level(width, height, rate, cap) };
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

/** The rate of the box above, less as the source has fewer pixels than that box would; a small picture needs some all the same. */
function ownRate(above: { scale: number; maxrateKbps: number }): number {
  const floor = 200;
  return Math.max(floor, Math.round(above.maxrateKbps / above.scale ** 1.5));
}

function even(pixels: number): number {
  return Math.max(2, Math.round(pixels / 2) * 2);
}
