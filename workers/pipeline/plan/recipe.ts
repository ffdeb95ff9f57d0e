/** A producer's choice of how a film is encoded. */
import { z } from "zod";
import {
  audioCodecNames,
  audioCodecs,
  ordinaryAudioCodecs,
  type VideoCodec,
  videoCodecNames,
  videoCodecs,
} from "../../../protocol/codecs.ts";
import type { LadderDecision, LadderRung } from "./plan-ladder.ts";

const rungLabel = z.string().regex(/^\d{2,4}p$/);

const titlesOfOrdinary = ordinaryAudioCodecs.map((codec) => audioCodecs[codec].title).join(" and ");

/** The options of `POST /v1/assets/{id}/encode`. Stored recipes are read by it too, so what is added has a default. */
export const recipe = z.strictObject({
  codecs: z
    .array(z.enum(videoCodecNames))
    .min(1)
    .default(["h264"])
    .refine((codecs) => codecs.includes("h264"), "H.264 is always encoded: every device plays it")
    .refine(namesEachOnce, "name each codec once"),
  /** Codecs of the sound. */
  audio: z
    .array(z.enum(audioCodecNames))
    .default(ordinaryAudioCodecs)
    .refine(
      (codecs) => ordinaryAudioCodecs.every((codec) => codecs.includes(codec)),
      `${titlesOfOrdinary} is always encoded: every device plays it`,
    )
    .refine(namesEachOnce, "name each codec once"),
  /** Labels of the rungs to keep; null: all that fit the film. */
  rungs: z.array(rungLabel).min(1).max(10).nullable().default(null),
});
/** See {@link recipe}. */
export type Recipe = z.infer<typeof recipe>;

/** The recipe of films whose producer chooses nothing. */
export const ordinaryRecipe: Recipe = recipe.parse({});

function namesEachOnce(codecs: readonly string[]): boolean {
  return new Set(codecs).size === codecs.length;
}

interface RecipeRung {
  label: string;
  codec: VideoCodec;
  crf: number;
  maxrateKbps: number;
}

/**
 * The rungs that a recipe makes of a film's H.264 ladder: those it names, in each codec it names; the largest if none
 * is left.
 */
export function applyRecipe<T extends RecipeRung>(
  rungs: T[],
  { codecs, rungs: labels }: Pick<Recipe, "codecs" | "rungs">,
): T[] {
  const named = rungs.filter(({ label }) => labels === null || labels.includes(label));
  const kept = named.length > 0 ? named : rungs.slice(0, 1);
  const extra = videoCodecNames.filter((codec) => codec !== "h264" && codecs.includes(codec));
  return [...kept, ...extra.flatMap((codec) => kept.map((rung) => encodedAs(rung, codec)))];
}

function encodedAs<T extends RecipeRung>(rung: T, codec: VideoCodec): T {
  const { crf, rateShare, title } = videoCodecs[codec];
  const maxrateKbps = Math.round(rung.maxrateKbps * rateShare);
  return { ...rung, codec, crf, label: `${rung.label} ${title}`, maxrateKbps };
}

/** A ladder's decisions as a recipe leaves them. @param rungs that the recipe makes of the ladder, in every codec */
export function decideByRecipe(
  decisions: readonly LadderDecision[],
  rungs: readonly LadderRung[],
): LadderDecision[] {
  const isMade = new Set(rungs.map(({ label }) => label));
  const ladder = decisions.map((decision) =>
    decision.kept && !isMade.has(decision.label)
      ? { ...decision, kept: false, reason: "The recipe leaves it out." }
      : decision,
  );
  const others = rungs
    .filter(({ codec }) => codec !== "h264")
    .map(({ label, width, height, maxrateKbps, codec }) => ({
      label,
      width,
      height,
      maxrateKbps,
      kept: true,
      reason: `The recipe asks for ${videoCodecs[codec].title} beside H.264.`,
    }));
  return [...ladder, ...others];
}
