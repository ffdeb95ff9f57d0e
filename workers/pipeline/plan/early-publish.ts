/** Early publishing: a film plays from its own pictures, or from one small rung, long before its ladder is whole. */
import { z } from "zod";
import type { Grid } from "../../../protocol/grid.ts";
import type { Inspection } from "../../../protocol/inspection.ts";
import { passthroughObstacle } from "./choose-passthrough.ts";
import type { Size } from "./display-size.ts";
import type { Fleet } from "./fleet.ts";
import { planChunks } from "./grid.ts";
import { leastSeconds, pixelCosts } from "./task-cost.ts";

/** A plan's word on one rendition that may be published early: its key, null when it isn't, and the reason. */
export const earlyPublish = z.object({ key: z.string().nullable(), reason: z.string() });

/** The first rung's short side: enough for a phone, a sixth of the ladder's work. */
const firstShortSide = 360;

/**
 * A film that plays from its source's own pictures gets a small rung for slow connections before the others when those
 * take this many times longer than a ladder that needs nothing before it. Before that, decoding the film once more is
 * the higher price.
 */
const patientTimes = 5;

/**
 * The renditions that are published early, with reasons: the source's own pictures, one rung (null for none), both or
 * neither.
 */
export interface EarlyPublish<R> {
  passthrough: boolean;
  passthroughReason: string;
  rung: R | null;
  rungReason: string;
}

/**
 * @param rungs the ladder, largest first.
 * @param refusedPassthrough the sentence that says why its own pictures turned out not to play; null when nobody has tried.
 */
export function chooseEarlyPublish<
  R extends { key: string; label: string; codec: string; width: number; height: number },
>(
  inspection: Inspection,
  grid: Grid,
  size: Size,
  rungs: R[],
  fleet: Fleet,
  refusedPassthrough: string | null,
): EarlyPublish<R> {
  const megapixels = ({ width, height }: Size): number => (width * height) / 1e6;
  const perFrame =
    pixelCosts.decode * megapixels(inspection.video) +
    pixelCosts.encode * rungs.reduce((sum, rung) => sum + megapixels(rung), 0);
  const chunks = planChunks(grid, fleet.chunkSegments).length;
  const seconds =
    (grid.frames * perFrame) / (fleet.slots * fleet.processors) + (chunks * leastSeconds) / fleet.slots;
  const estimate = `The whole ladder takes about ${Math.ceil(seconds)} s`;
  if (seconds <= fleet.earlyPublishAfterSeconds) {
    const reason = `${estimate}; it is published at once.`;
    return { passthrough: false, passthroughReason: reason, rung: null, rungReason: reason };
  }
  const whyNot = passthroughObstacle(inspection, grid, size);
  const refusal =
    whyNot === null ? refusedPassthrough : `The source's own pictures are not played: ${whyNot}.`;
  const passthrough = refusal === null;
  const passthroughReason = refusal ?? `${estimate}; the source's own pictures are played until then.`;
  if (passthrough && seconds <= fleet.earlyPublishAfterSeconds * patientTimes)
    return {
      passthrough,
      passthroughReason,
      rung: null,
      rungReason: `${estimate}, and the film plays before.`,
    };
  const everywhere = rungs.filter(({ codec }) => codec === "h264");
  const small =
    everywhere.find(({ width, height }) => Math.min(width, height) <= firstShortSide) ?? everywhere.at(-1);
  if (small === undefined || rungs.length === 1)
    return { passthrough, passthroughReason, rung: null, rungReason: "The ladder has a single rung." };
  return {
    passthrough,
    passthroughReason,
    rung: small,
    rungReason: `${estimate}; ${small.label} is published first.`,
  };
}
