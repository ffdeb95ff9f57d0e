/** What a producer may choose of how a film is encoded. */
import { z } from "zod";

/** Codecs beside H.264 that rungs can be made in, and the CRF at which each looks as H.264 does at its own. */
const extraCodecs = {
  hevc: { crf: 26, rate: 0.7, suffix: " HEVC" },
  av1: { crf: 34, rate: 0.65, suffix: " AV1" },
} as const;

const rungLabel = z.string().regex(/^\d{2,4}p$/);

/** The options of `POST /v1/assets/{id}/encode`. */
export const recipe = z.strictObject({
  codecs: z
    .array(z.enum(["h264", "hevc", "av1"]))
    .min(1)
    .default(["h264"])
    .refine((codecs) => codecs.includes("h264"), "H.264 is always encoded: every device plays it")
    .refine((codecs) => new Set(codecs).size === codecs.length, "name each codec once"),
  /** Labels of the rungs to keep; null: all that fit the film. */
  rungs: z.array(rungLabel).min(1).max(10).nullable().default(null),
});
/** See {@link recipe}. */
export type Recipe = z.infer<typeof recipe>;

/** What films get unless their producer chooses otherwise. */
export const ordinaryRecipe: Recipe = { codecs: ["h264"], rungs: null };

interface RecipeRung {
  label: string;
  codec: "h264" | "hevc" | "av1";
  crf: number;
  maxrateKbps: number;
}

/** The rungs that a recipe makes of a film's H.264 ladder: those it names, in each codec it names; the largest if none is left. */
export function applyRecipe<T extends RecipeRung>(rungs: T[], { codecs, rungs: labels }: Recipe): T[] {
  const named = rungs.filter(({ label }) => labels === null || labels.includes(label));
  const kept = named.length > 0 ? named : rungs.slice(0, 1);
  const extra = (["hevc", "av1"] as const).filter((codec) => codecs.includes(codec));
  return [
    ...kept,
    ...extra.flatMap((codec) => {
      const { crf, rate, suffix } = extraCodecs[codec];
      return kept.map((rung) => ({
        ...rung,
        ...{ codec, crf, label: rung.label + suffix, maxrateKbps: Math.round(rung.maxrateKbps * rate) },
      }));
    }),
  ];
}
