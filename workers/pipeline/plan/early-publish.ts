/** What of a film is published before its ladder is whole, so that it plays long before that. */
import { z } from "zod";
import type { Grid } from "../../../protocol/grid.ts";
import type { Inspection } from "../../../protocol/inspection.ts";
import { whyNotCopied } from "./choose-passthrough.ts";
import type { Size } from "./display-size.ts";
import type { Fleet } from "./fleet.ts";
import { planChunks } from "./grid.ts";
import { leastSeconds, pixelCosts } from "./task-cost.ts";

/** What the plan says of one thing that may come first: its key, null when it doesn't; and why. */
export const firstPlay = z.object({ key: z.string().nullable(), reason: z.string() });

/** The first rung's short side: enough for a phone, a sixth of the ladder's work. */
const firstShortSide = 360;

/**
 * A film that plays from its source's own pictures gets a small rung for slow connections before the others when those
 * take this many times longer than what nobody minds. Before that, decoding the film once more is the higher price.
 */
const patientTimes = 5;

/** What comes first, and why: the source's own pictures (`copied`), one rung (`rung`, null for none), both or neither. */
export interface FirstPlay<R> {
  copied: boolean;
  copyReason: string;
  rung: R | null;
  rungReason: string;
}

/**
 * @param rungs the ladder, largest first.
 * @param refusedCopy why copying its pictures was tried in vain, a sentence; null when it wasn't.
 */
export function chooseFirstPlay<
  R extends { key: string; label: string; codec: string; width: number; height: number },
>(
  inspection: Inspection,
  grid: Grid,
  size: Size,
  rungs: R[],
  fleet: Fleet,
  refusedCopy: string | null,
): FirstPlay<R> {
  const megapixels = ({ width, height }: Size): number => (width * height) / 1e6;
  const perFrame =
    pixelCosts.decode * megapixels(inspection.video) +
    pixelCosts.encode * rungs.reduce((sum, rung) => sum + megapixels(rung), 0);
  const chunks = planChunks(grid, fleet.chunkSegments).length;
  const seconds =
    (grid.frames * perFrame) / (fleet.slots * fleet.processors) + (chunks * leastSeconds) / fleet.slots;
  const estimate = `The whole ladder takes about ${Math.ceil(seconds)} s`;
  if (seconds <= fleet.firstPlayAfterSeconds) {
    const reason = `${estimate}; it is published at once.`;
    return { copied: false, copyReason: reason, rung: null, rungReason: reason };
  }
  const whyNot = whyNotCopied(inspection, grid, size);
  const refusal = whyNot === null ? refusedCopy : `The source's own pictures are not played: ${whyNot}.`;
  const copied = refusal === null;
  const copyReason = refusal ?? `${estimate}; the source's own pictures are played until then.`;
  if (copied && seconds <= fleet.firstPlayAfterSeconds * patientTimes)
    return { copied, copyReason, rung: null, rungReason: `${estimate}, and the film plays before.` };
  const everywhere = rungs.filter(({ codec }) => codec === "h264");
  const small =
    everywhere.find(({ width, height }) => Math.min(width, height) <= firstShortSide) ?? everywhere.at(-1);
  if (small === undefined || rungs.length === 1)
    return { copied, copyReason, rung: null, rungReason: "The ladder has a single rung." };
  return { copied, copyReason, rung: small, rungReason: `${estimate}; ${small.label} is published first.` };
}
