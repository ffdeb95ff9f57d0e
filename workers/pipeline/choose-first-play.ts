/** Whether a film gets a first rendition before the others, so that it plays long before its ladder is whole. */
import { z } from "zod";
import type { Grid, Inspection } from "../../containers/transcoder/protocol.ts";
import { pixelCosts } from "./task-cost.ts";

/** What the plan says: the key of the rung that comes first, null when the whole ladder comes at once; and why. */
export const firstPlay = z.object({ key: z.string().nullable(), reason: z.string() });

/** How much the transcoders can do. */
export interface Fleet {
  /** Transcoders that work at a time, and processors of each. */
  slots: number;
  processors: number;
  /** A ladder that is there within this long needs no first rendition, seconds. */
  firstPlayAfterSeconds: number;
  /** Longest chunk, in segments. */
  chunkSegments: number;
}

/** The first rendition's short side: enough for a phone, a sixth of the ladder's work. */
const firstShortSide = 360;

/** @param rungs the ladder, largest first. */
export function chooseFirstPlay(
  video: Inspection["video"],
  grid: Grid,
  rungs: { key: string; label: string; codec: string; width: number; height: number }[],
  fleet: Fleet,
): z.infer<typeof firstPlay> {
  const megapixels = ({ width, height }: { width: number; height: number }): number => (width * height) / 1e6;
  const perFrame =
    pixelCosts.decode * megapixels(video) +
    pixelCosts.encode * rungs.reduce((sum, rung) => sum + megapixels(rung), 0);
  const seconds = (grid.frames * perFrame) / (fleet.slots * fleet.processors);
  const estimate = `The whole ladder takes about ${Math.ceil(seconds)} s`;
  if (seconds <= fleet.firstPlayAfterSeconds)
    return { key: null, reason: `${estimate}; it is published at once.` };
  const everywhere = rungs.filter(({ codec }) => codec === "h264");
  const small =
    everywhere.find(({ width, height }) => Math.min(width, height) <= firstShortSide) ?? everywhere.at(-1);
  if (small === undefined || rungs.length === 1)
    return { key: null, reason: "The ladder has a single rung." };
  return { key: small.key, reason: `${estimate}; ${small.label} is published first.` };
}
