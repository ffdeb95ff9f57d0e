/** An asset's progress as its producer sees it: a pure function of its status and its tasks. */
import type { AssetProgress, Stage, StageName } from "./asset-json.ts";
import type { KindWork } from "./count-work.ts";

/** The stages of the way, in order, and each one's share of a typical film's processing time. */
const stageShares: Record<StageName, number> = {
  inspect: 0.03,
  video: 0.75,
  audio: 0.14,
  poster: 0.03,
  publish: 0.05,
};

const kindsOf: Record<Exclude<StageName, "publish">, readonly KindWork["kind"][]> = {
  inspect: ["inspect", "remux"],
  video: ["video"],
  audio: ["audio-slices", "audio"],
  poster: ["poster", "text", "storyboard", "passthrough"],
};

/** The state of an asset: `status` says whether it plays, `work` whether tasks remain. */
export interface AssetState {
  status: "waiting" | "preparing" | "ready" | "errored";
  work: "open" | "done" | "failed";
}

/**
 * Computes the progress. A stage that the film has no tasks for (a film without sound) is left out.
 * @param etaSeconds the pipeline's estimate; null while it has none.
 */
export function assetProgress(
  state: AssetState,
  work: readonly KindWork[],
  etaSeconds: number | null,
): AssetProgress {
  const planned = work.some((kind) => kind.kind === "video");
  const stages: Stage[] = [];
  for (const name of ["inspect", "video", "audio", "poster"] as const) {
    const own = work.filter((kind) => kindsOf[name].includes(kind.kind));
    if (own.length > 0 || !planned || name === "inspect") stages.push(stageOf(name, own, state));
  }
  stages.push(publishStage(stages, state));
  if (state.work === "failed" && !stages.some((stage) => stage.status === "failed")) {
    const stopped = stages.find((stage) => stage.status !== "done");
    if (stopped !== undefined) stopped.status = "failed";
  }
  const shares = stages.reduce((sum, stage) => sum + stageShares[stage.name], 0);
  const done = stages.reduce((sum, stage) => sum + stageShares[stage.name] * stage.fraction, 0) / shares;
  const fraction = stages.every((stage) => stage.status === "done") ? 1 : round(Math.min(done, 0.999));
  const encoders = work.filter(({ kind }) => !kindsOf.inspect.includes(kind));
  return {
    fraction,
    eta_seconds: fraction === 1 ? 0 : state.work === "open" ? etaSeconds : null,
    encoder_seconds: round(encoders.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)),
    stages,
  };
}

function stageOf(name: StageName, own: readonly KindWork[], state: AssetState): Stage {
  const sum = (field: "total" | "done" | "failed" | "running" | "completed") =>
    own.reduce((total, kind) => total + kind[field], 0);
  const total = sum("total");
  if (total === 0) {
    const past = state.work === "done";
    return { name, status: past ? "done" : "waiting", fraction: past ? 1 : 0 };
  }
  if (sum("done") === total) return { name, status: "done", fraction: 1 };
  const fraction = round(Math.min(sum("completed") / total, 0.999));
  if (state.work === "failed") return { name, status: sum("failed") > 0 ? "failed" : "waiting", fraction };
  const begun = sum("running") > 0 || sum("done") > 0;
  return { name, status: begun ? "running" : "waiting", fraction };
}

function publishStage(before: readonly Stage[], state: AssetState): Stage {
  if (state.work === "done") return { name: "publish", status: "done", fraction: 1 };
  const running =
    state.work === "open" && state.status !== "waiting" && before.every((stage) => stage.status === "done");
  return { name: "publish", status: running ? "running" : "waiting", fraction: 0 };
}

function round(fraction: number): number {
  return Math.round(fraction * 1000) / 1000;
}
