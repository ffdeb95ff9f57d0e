/** Turns one inspection into everything that will be made: renditions and bounded tasks. Same input, same plan. */
import { z } from "zod";
import { grid } from "../../../protocol/grid.ts";
import type { Inspection } from "../../../protocol/inspection.ts";
import {
  type PictureFilters,
  pictureFilters,
  type Rung,
  rung,
  type TaskSpec,
} from "../../../protocol/task.ts";
import { sha256Hex } from "../../shared/digest.ts";
import { displaySize, type Size } from "./display-size.ts";
import { chooseFirstPlay, firstPlay } from "./early-publish.ts";
import type { Fleet } from "./fleet.ts";
import { planChunks, planGrid } from "./grid.ts";
import { audioTask, planAudio, plannedAudio, slicesOf } from "./plan-audio.ts";
import { ladderDecision, planLadder } from "./plan-ladder.ts";
import { planPosters } from "./plan-posters.ts";
import { plannedStoryboard, planStoryboard, storyboardTask } from "./plan-storyboard.ts";
import { plannedText, planText, textTask } from "./plan-text.ts";
import { applyRecipe, decideByRecipe, ordinaryRecipe, type Recipe } from "./recipe.ts";
import { priorities, stages } from "./stages.ts";

/**
 * Raised when the encoder's command changes what it makes. Together with the settings that are hashed below it is the
 * recipe: renditions of another recipe get other keys and lie beside the old ones.
 */
const recipeVersion = 1;

/** A last frame may stand this much longer than its slot before the film counts as cut off, frames. */
const tailSlackFrames = 2;

const frameRange = z.object({ firstFrame: z.int(), endFrame: z.int() });

const planSchema = z.object({
  recipeHash: z.string(),
  grid,
  filters: pictureFilters,
  chunks: z.array(frameRange),
  /** The pieces that sound is cut in; empty in plans of before, whose sound was cut in the video's chunks. */
  sound: z.array(frameRange).default([]),
  video: z.array(rung.extend({ label: z.string() })),
  ladder: z.object({ decisions: z.array(ladderDecision) }).default({ decisions: [] }),
  first: firstPlay.default({ key: null, reason: "Planned before there was a choice." }),
  /** The source's own pictures as a rendition, until the ladder is whole. */
  copy: firstPlay
    .extend({ width: z.int(), height: z.int() })
    .default({ key: null, reason: "Planned before there was a choice.", width: 0, height: 0 }),
  audio: z.array(plannedAudio),
  text: z.array(plannedText).default([]),
  /** Null in plans of before there were any. */
  storyboard: plannedStoryboard.nullable().default(null),
  poster: z.object({
    key: z.string(),
    images: z.array(z.object({ file: z.string(), width: z.int(), height: z.int() })),
  }),
});
/** What will be made of a source; kept in `assets.plan`. */
export type Plan = z.infer<typeof planSchema>;

/** Reads a stored plan back. @throws ZodError when it isn't one. */
export function parsePlan(value: unknown): Plan {
  return planSchema.parse(value);
}

/**
 * Pieces of sound of two minutes: the samples of 5.1 in 16 bits are 69 MB then, which is as much as one request to the
 * Worker may hold (100 MB).
 */
const soundSegments = 20;

/** A source up to this size is copied before anything is encoded, bytes. */
const quickCopyBytes = 1_000_000_000;

/** Film whose sound is encoded within about twenty seconds. */
const quickSoundSeconds = 1200;

/** For a film that plays already. */
const nothingFirst = {
  copied: false,
  copyReason: "The film plays already.",
  rung: null,
  rungReason: "The film plays already.",
} as const;

/** A task before it is a row. */
export interface PlannedTask {
  kind: TaskSpec["kind"];
  ordinal: number;
  stage: number;
  needs: number;
  priority: number;
  spec: TaskSpec;
}

/** The labels of the rungs that fit a film, which are those that a recipe may name. */
export function rungLabelsOf(inspection: Inspection): string[] {
  const { video, complexity } = inspection;
  const ladder = planLadder(displaySize(video), planGrid(inspection), complexity);
  return ladder.rungs.map(({ label }) => label);
}

/**
 * Plans an asset.
 * @param source.etag of the object the tasks will read; @param source.language what the producer says the film speaks.
 * @param fleet how much can be done at a time; decides whether a first rendition is worth making before the others.
 * @param recipe what the producer chose. @param known what is known of the film besides.
 */
export async function makePlan(
  inspection: Inspection,
  source: { etag: string; language: string | null },
  fleet: Fleet,
  recipe: Recipe = ordinaryRecipe,
  known: { plays: boolean; refusedCopy: string | null } = { plays: false, refusedCopy: null },
): Promise<{ plan: Plan; tasks: PlannedTask[] }> {
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
  const audio = await planAudio(inspection, planned, source.language, keyOf);
  const text = await planText(inspection, audio, keyOf);
  const images = planPosters(size);
  const first = known.plays
    ? nothingFirst
    : chooseFirstPlay(inspection, planned, size, rungs, fleet, known.refusedCopy);
  // One of those that are there first; H.264, because those are made in every recipe.
  const small = rungs.findLast(({ key, codec }) => codec === "h264" && (first.rung?.key ?? key) === key);
  if (small === undefined) throw new Error("a ladder has an H.264 rung");
  const plan: Plan = {
    recipeHash: await sha256Hex(JSON.stringify({ basis, rungs, audio, text })),
    grid: planned,
    filters,
    chunks: planChunks(planned, fleet.chunkSegments),
    sound: planChunks(planned, soundSegments),
    video: rungs,
    ladder: { decisions: decideByRecipe(ladder.decisions, rungs) },
    first: { key: first.rung?.key ?? null, reason: first.rungReason },
    copy: {
      ...{ key: first.copied ? await keyOf("vsource", "copy") : null, reason: first.copyReason },
      ...{ width: video.width, height: video.height },
    },
    audio,
    text,
    storyboard: await planStoryboard(size, planned, small, keyOf),
    poster: { key: await keyOf("poster", images), images },
  };
  return { plan, tasks: planTasks(plan, inspection) };
}

function planTasks(plan: Plan, inspection: Inspection): PlannedTask[] {
  const { grid: timeline } = plan;
  const tailFrames =
    Math.ceil((inspection.video.lastFrameSeconds * timeline.frameRate.num) / timeline.frameRate.den) +
    tailSlackFrames;
  // What takes seconds and makes the film play goes before the encodes, which would make it take three times as long.
  const isQuick = plan.copy.key !== null && inspection.bytes <= quickCopyBytes;
  const isBrief = timeline.frames / (timeline.frameRate.num / timeline.frameRate.den) <= quickSoundSeconds;
  const quickStage = isBrief ? stages.quick : stages.cut;
  const needs = isQuick ? quickStage : stages.inspectCopy;
  const chunkTasks = (rungs: Rung[], stage: number, priority: number): PlannedTask[] =>
    plan.chunks.map(({ firstFrame, endFrame }, n) => ({
      ...{ kind: "video", ordinal: n, stage, needs, priority },
      spec: {
        kind: "video",
        grid: timeline,
        streamIndex: inspection.video.index,
        firstFrame,
        endFrame,
        tailFrames: endFrame === timeline.frames ? tailFrames : 0,
        filters: plan.filters,
        rungs,
        slices: [],
      },
    }));
  const rungs = plan.video.map(({ label: _, ...settings }): Rung => settings);
  const isFirst = ({ key }: Rung): boolean => plan.first.key === null || key === plan.first.key;
  const first = chunkTasks(rungs.filter(isFirst), stages.first, priorities.first);
  const later = rungs.filter((settings) => !isFirst(settings));
  const rest = later.length > 0 ? chunkTasks(later, stages.rest, priorities.rest) : [];
  // A film that is published whole waits for everything: nothing of it must stand behind other films' larger rungs then.
  const priorityOfRest = plan.first.key === null ? priorities.audio : priorities.rest;
  const copy: PlannedTask[] =
    plan.copy.key === null
      ? []
      : [
          {
            ...{
              kind: "copy",
              ordinal: 0,
              stage: isQuick ? stages.cut : stages.quick,
              needs: stages.inspectCopy,
            },
            priority: priorities.copy,
            spec: {
              ...{ kind: "copy", key: plan.copy.key, grid: timeline, bytes: inspection.bytes },
              streamIndex: inspection.video.index,
            },
          },
        ];
  const sound =
    plan.audio.length === 0
      ? []
      : plan.sound.map(
          (piece, n): PlannedTask => ({
            ...{ kind: "sound", ordinal: n, stage: stages.cut, needs: stages.inspectCopy },
            priority: priorities.sound,
            spec: {
              kind: "sound",
              grid: timeline,
              ...piece,
              slices: slicesOf(plan.audio, n, piece, timeline),
            },
          }),
        );
  const audio = plan.audio.map((track, n): PlannedTask => {
    const isFirstSound = track.channels === 2;
    return {
      ...{ kind: "audio", ordinal: n, needs: stages.cut },
      stage: isFirstSound ? stages.quick : stages.rest,
      priority: isFirstSound ? priorities.audio : priorityOfRest,
      spec: audioTask(track, plan.sound.length, timeline),
    };
  });
  const poster: PlannedTask = {
    kind: "poster",
    ordinal: 0,
    stage: stages.quick,
    needs: stages.inspectCopy,
    priority: priorities.poster,
    spec: {
      kind: "poster",
      key: plan.poster.key,
      streamIndex: inspection.video.index,
      atSeconds: posterMoment(inspection),
      filters: plan.filters,
      images: plan.poster.images,
    },
  };
  const text: PlannedTask[] =
    plan.text.length === 0
      ? []
      : [
          {
            ...{ kind: "text", ordinal: 0, stage: stages.quick, needs: stages.inspectCopy },
            priority: priorities.audio,
            spec: textTask(plan.text, timeline),
          },
        ];
  const storyboard: PlannedTask[] =
    plan.storyboard === null
      ? []
      : [
          {
            ...{ kind: "storyboard", ordinal: 0, stage: stages.rest, needs: stages.first },
            priority: priorityOfRest,
            spec: storyboardTask(plan.storyboard, timeline),
          },
        ];
  return [...copy, poster, ...sound, ...text, ...audio, ...first, ...rest, ...storyboard];
}

/** A fifth into the film, where titles and black are usually over. On FFmpeg's -ss clock, which starts at the container's start. */
function posterMoment(inspection: Inspection): number {
  const intoFilm = Math.min(inspection.durationSeconds * 0.2, 600);
  return Math.max(0, inspection.video.startSeconds - inspection.startSeconds + intoFilm);
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
