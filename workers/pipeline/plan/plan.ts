/** The plan of an asset: every rendition that will be made of its source, kept in `assets.plan`. */
import { z } from "zod";
import { grid } from "../../../protocol/grid.ts";
import { pictureFilters, rung } from "../../../protocol/task.ts";
import { earlyPublish } from "./early-publish.ts";
import { plannedAudio } from "./plan-audio.ts";
import { ladderDecision } from "./plan-ladder.ts";
import { plannedStoryboard } from "./plan-storyboard.ts";
import { plannedText } from "./plan-text.ts";

const frameRange = z.object({ firstFrame: z.int(), endFrame: z.int() });

const planSchema = z.object({
  recipeHash: z.string(),
  grid,
  filters: pictureFilters,
  /** The ranges of frames that video is encoded in, and those that audio slices are cut in. */
  chunks: z.array(frameRange),
  audioPieces: z.array(frameRange),
  video: z.array(rung.extend({ label: z.string() })),
  ladder: z.object({ decisions: z.array(ladderDecision) }),
  /** The rung that comes before the others. */
  first: earlyPublish,
  /** The source's own pictures as a rendition, until the ladder is whole. */
  passthrough: earlyPublish.extend({ width: z.int(), height: z.int() }),
  audio: z.array(plannedAudio),
  text: z.array(plannedText),
  storyboard: plannedStoryboard,
  poster: z.object({
    key: z.string(),
    images: z.array(z.object({ file: z.string(), width: z.int(), height: z.int() })),
  }),
});
/** See the file's head. */
export type Plan = z.infer<typeof planSchema>;

/** Reads a stored plan back. @throws ZodError when it isn't one. */
export function parsePlan(value: unknown): Plan {
  return planSchema.parse(value);
}
