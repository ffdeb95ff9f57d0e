/** Turns one inspection into a plan and its tasks. Same input, same plan. */
import type { Inspection } from "../../../protocol/inspection.ts";
import type { PictureFilters } from "../../../protocol/task.ts";
import { sha256Hex } from "../../shared/digest.ts";
import { displaySize, type Size } from "./display-size.ts";
import { chooseEarlyPublish } from "./early-publish.ts";
import type { Fleet } from "./fleet.ts";
import { planChunks, planGrid } from "./grid.ts";
import type { Plan } from "./plan.ts";
import { planAudio } from "./plan-audio.ts";
import { planLadder } from "./plan-ladder.ts";
import { planPosters } from "./plan-posters.ts";
import { planStoryboard } from "./plan-storyboard.ts";
import { type PlannedTask, planTasks } from "./plan-tasks.ts";
import { planText } from "./plan-text.ts";
import { PlanningFailed } from "./planning-failure.ts";
import { applyRecipe, decideByRecipe, ordinaryRecipe, type Recipe } from "./recipe.ts";

/**
 * Raised when a change of the encoder's command changes its output. Together with the settings that are hashed below it
 * is the recipe: renditions of another recipe get other keys and lie beside the old ones.
 */
const recipeVersion = 1;

/**
 * Audio slices of two minutes: the samples of 5.1 in 16 bits are 69 MB then, which is as much as one request to the
 * Worker may hold (100 MB).
 */
const audioPieceSegments = 20;

/** For a film that plays already. */
const nothingFirst = {
  passthrough: false,
  passthroughReason: "The film plays already.",
  rung: null,
  rungReason: "The film plays already.",
} as const;

/** The labels of the rungs that fit a film, which are those that a recipe may name. */
export function rungLabelsOf(inspection: Inspection): string[] {
  const { video, complexity } = inspection;
  const ladder = planLadder(displaySize(video), planGrid(inspection), complexity);
  return ladder.rungs.map(({ label }) => label);
}

/**
 * Plans an asset.
 * @param source.etag of the object the tasks will read; @param source.language the film's language in the producer's words.
 * @param fleet decides about early publishing by its capacity. @param recipe the producer's choice.
 * @param known.plays the film plays already; @param known.refusedPassthrough the reason why its own pictures were refused.
 * @throws PlanningFailed for a film that was not thought of
 */
export async function makePlan(
  inspection: Inspection,
  source: SourceFacts,
  fleet: Fleet,
  recipe: Recipe = ordinaryRecipe,
  known: KnownFacts = { plays: false, refusedPassthrough: null },
): Promise<PlannedFilm> {
  try {
    return await planFilm(inspection, source, fleet, recipe, known);
  } catch (cause) {
    throw new PlanningFailed(`planning failed: ${String(cause)}`, { cause });
  }
}

interface SourceFacts {
  etag: string;
  language: string | null;
}

interface KnownFacts {
  plays: boolean;
  refusedPassthrough: string | null;
}

interface PlannedFilm {
  plan: Plan;
  tasks: PlannedTask[];
}

async function planFilm(
  inspection: Inspection,
  source: SourceFacts,
  fleet: Fleet,
  recipe: Recipe,
  known: KnownFacts,
): Promise<PlannedFilm> {
  const { video } = inspection;
  const planned = planGrid(inspection);
  const size = displaySize(video);
  const ladder = planLadder(size, planned, inspection.complexity);
  const filters = chooseFilters(video, size, ladder.decisions);
  const basis = { recipeVersion, etag: source.etag, grid: planned, filters, streamIndex: video.index };
  const keyOf = async (prefix: string, settings: unknown): Promise<string> =>
    `${prefix}-${(await sha256Hex(JSON.stringify({ basis, settings }))).slice(0, 10)}`;

  const rungs = await Promise.all(
    applyRecipe(ladder.rungs, recipe).map(async (settings) => ({
      key: await keyOf(`v${settings.label.replace(" ", "-").toLowerCase()}`, settings),
      ...settings,
    })),
  );
  const audio = await planAudio(inspection, planned, source.language, recipe.audio, keyOf);
  const text = await planText(inspection, audio, keyOf);
  const images = planPosters(size);
  const first = known.plays
    ? nothingFirst
    : chooseEarlyPublish(inspection, planned, size, rungs, fleet, known.refusedPassthrough);
  // One of those that are there first; H.264, because those are made in every recipe.
  const small = rungs.findLast(({ key, codec }) => codec === "h264" && (first.rung?.key ?? key) === key);
  if (small === undefined) throw new Error("a ladder has an H.264 rung");
  const plan: Plan = {
    recipeHash: await sha256Hex(JSON.stringify({ basis, rungs, audio, text })),
    grid: planned,
    filters,
    chunks: planChunks(planned, fleet.chunkSegments),
    audioPieces: planChunks(planned, audioPieceSegments),
    video: rungs,
    ladder: { decisions: decideByRecipe(ladder.decisions, rungs) },
    first: { key: first.rung?.key ?? null, reason: first.rungReason },
    passthrough: {
      key: first.passthrough ? await keyOf("vsource", "passthrough") : null,
      reason: first.passthroughReason,
      width: video.width,
      height: video.height,
    },
    audio,
    text,
    storyboard: await planStoryboard(size, planned, small, keyOf),
    poster: { key: await keyOf("poster", images), images },
  };
  return { plan, tasks: planTasks(plan, inspection) };
}

/** HDR10 (PQ, SMPTE ST 2084) and HLG (ARIB STD-B67) become SDR; fields become frames. */
function chooseFilters(video: Inspection["video"], size: Size, sizes: Size[]): PictureFilters {
  const largest = sizes[0] ?? size;
  const hdrTransfers = ["smpte2084", "arib-std-b67"];
  const isTurned = video.rotation !== 0;
  return {
    deinterlace: video.interlaced,
    toneMap: hdrTransfers.includes(video.transfer ?? ""),
    ...(isTurned ? {} : { source: { width: video.width, height: video.height } }),
    largest: { width: largest.width, height: largest.height },
    sizes: sizes.map(({ width, height }) => ({ width, height })),
  };
}
