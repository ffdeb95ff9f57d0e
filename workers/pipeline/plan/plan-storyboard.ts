/** The storyboard of a film: which of its pictures become the thumbnails of a player's seek bar. */
import { z } from "zod";
import type { Grid } from "../../../protocol/grid.ts";
import { type Rung, type StoryboardTask, tiles } from "../../../protocol/task.ts";
import type { Size } from "./display-size.ts";

/** A storyboard in a plan. `from`: the key of the rendition that its pictures are taken from. */
export const plannedStoryboard = z.object({
  key: z.string(),
  from: z.string(),
  tiles,
  intervalFrames: z.int(),
});

/** The long side of a thumbnail, pixels, and how many of them make a sheet of five by five. */
const thumbnailLong = 160;
const sheetSide = 5;

/** About as many thumbnails as a seek bar has pixels to tell them apart. */
const maxThumbnails = 300;

/**
 * Thumbnails are I-frames of a small rendition of ours: they are there every two seconds whatever the source's GOPs are,
 * upright and in SDR already, and a few hundred kilobytes are read for them instead of the whole source.
 * @param small the rendition to take them from; @param keyOf makes a rendition's key.
 */
export async function planStoryboard(
  size: Size,
  grid: Grid,
  small: Rung,
  keyOf: (prefix: string, settings: unknown) => Promise<string>,
): Promise<z.infer<typeof plannedStoryboard>> {
  const gops = Math.ceil(grid.frames / grid.gopFrames);
  const scale = Math.min(1, thumbnailLong / Math.max(size.width, size.height));
  const even = (pixels: number): number => Math.max(2, Math.round((pixels * scale) / 2) * 2);
  const planned = {
    from: small.key,
    tiles: {
      columns: sheetSide,
      rows: sheetSide,
      width: even(size.width),
      height: even(size.height),
    },
    intervalFrames: Math.ceil(gops / maxThumbnails) * grid.gopFrames,
  };
  return { key: await keyOf("storyboard", planned), ...planned };
}

/** The task that makes it. */
export function storyboardTask(planned: z.infer<typeof plannedStoryboard>, grid: Grid): StoryboardTask {
  return { kind: "storyboard", grid, ...planned };
}
