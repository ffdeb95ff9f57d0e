import type { LadderDecision, LadderRung } from "./plan-ladder.ts";

const codecNames = { h264: "H.264", hevc: "HEVC", av1: "AV1" } as const;

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
      ...{ label, width, height, maxrateKbps, kept: true },
      reason: `The recipe asks for ${codecNames[codec]} beside H.264.`,
    }));
  return [...ladder, ...others];
}
