/** Cuts a plan into bounded tasks, each with the stage that must be done before it and its turn among all assets' tasks. */
import { isNeededToPlay } from "../../../protocol/codecs.ts";
import type { Inspection } from "../../../protocol/inspection.ts";
import { toNumber } from "../../../protocol/rational.ts";
import type { Rung, TaskSpec } from "../../../protocol/task.ts";
import type { Plan } from "./plan.ts";
import { audioTask, slicesOf } from "./plan-audio.ts";
import { storyboardTask } from "./plan-storyboard.ts";
import { textTask } from "./plan-text.ts";
import { priorities, stages } from "./stages.ts";

/** A task before it is a row. */
export interface PlannedTask {
  kind: TaskSpec["kind"];
  ordinal: number;
  stage: number;
  needs: number;
  priority: number;
  spec: TaskSpec;
}

/** A last frame may stand this much longer than its slot before the film counts as cut off, frames. */
const tailSlackFrames = 2;

/** A source up to this size is passed through before anything is encoded, bytes. */
const quickPassthroughBytes = 1_000_000_000;

/** Film whose audio slices are encoded within about twenty seconds. */
const quickAudioSeconds = 1200;

/** All tasks of a plan, those that make the film play first. */
export function planTasks(plan: Plan, inspection: Inspection): PlannedTask[] {
  return [
    ...passthroughTasks(plan, inspection),
    posterTask(plan, inspection),
    ...audioSlicesTasks(plan),
    ...textTasks(plan),
    ...audioTasks(plan),
    ...videoTasks(plan, inspection),
    storyboardTaskOf(plan),
  ];
}

function isQuick(plan: Plan, inspection: Inspection): boolean {
  return plan.passthrough.key !== null && inspection.bytes <= quickPassthroughBytes;
}

function passthroughTasks(plan: Plan, inspection: Inspection): PlannedTask[] {
  const { key } = plan.passthrough;
  if (key === null) return [];
  return [
    {
      kind: "passthrough",
      ordinal: 0,
      stage: isQuick(plan, inspection) ? stages.cut : stages.quick,
      needs: stages.inspectMezzanine,
      priority: priorities.passthrough,
      spec: {
        kind: "passthrough",
        key,
        grid: plan.grid,
        bytes: inspection.bytes,
        streamIndex: inspection.video.index,
      },
    },
  ];
}

function posterTask(plan: Plan, inspection: Inspection): PlannedTask {
  return {
    kind: "poster",
    ordinal: 0,
    stage: stages.quick,
    needs: stages.inspectMezzanine,
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
}

/**
 * A fifth into the film, where titles and black are usually over. On FFmpeg's -ss clock, which starts at the
 * container's start.
 */
function posterMoment(inspection: Inspection): number {
  const intoFilm = Math.min(inspection.durationSeconds * 0.2, 600);
  return Math.max(0, inspection.video.startSeconds - inspection.startSeconds + intoFilm);
}

function audioSlicesTasks(plan: Plan): PlannedTask[] {
  if (plan.audio.length === 0) return [];
  return plan.audioPieces.map((piece, n) => ({
    kind: "audio-slices",
    ordinal: n,
    stage: stages.cut,
    needs: stages.inspectMezzanine,
    priority: priorities.audioSlices,
    spec: {
      kind: "audio-slices",
      grid: plan.grid,
      ...piece,
      slices: slicesOf(plan.audio, n, piece, plan.grid),
    },
  }));
}

function textTasks(plan: Plan): PlannedTask[] {
  if (plan.text.length === 0) return [];
  return [
    {
      kind: "text",
      ordinal: 0,
      stage: stages.quick,
      needs: stages.inspectMezzanine,
      priority: priorities.audio,
      spec: textTask(plan.text, plan.grid),
    },
  ];
}

/**
 * The priority of surround sound, other codecs and the storyboard: nothing of a film that is published whole stands behind other
 * films' larger rungs.
 */
function priorityOfRest(plan: Plan): number {
  return plan.first.key === null ? priorities.audio : priorities.rest;
}

function audioTasks(plan: Plan): PlannedTask[] {
  return plan.audio.map((track, n) => {
    const isNeeded = isNeededToPlay(track);
    return {
      kind: "audio",
      ordinal: n,
      stage: isNeeded ? stages.quick : stages.rest,
      needs: stages.cut,
      priority: isNeeded ? priorities.audio : priorityOfRest(plan),
      spec: audioTask(track, plan),
    };
  });
}

function videoTasks(plan: Plan, inspection: Inspection): PlannedTask[] {
  const rungs = plan.video.map(({ label: _, ...settings }): Rung => settings);
  const isFirst = ({ key }: Rung): boolean => plan.first.key === null || key === plan.first.key;
  const later = rungs.filter((settings) => !isFirst(settings));
  const needs = needsOfVideo(plan, inspection);
  return [
    ...chunkTasks(plan, inspection, rungs.filter(isFirst), {
      stage: stages.first,
      needs,
      priority: priorities.first,
    }),
    ...(later.length === 0
      ? []
      : chunkTasks(plan, inspection, later, { stage: stages.rest, needs, priority: priorities.rest })),
  ];
}

/** Tasks of seconds that make the film play go before its encodes, which would make them take three times as long. */
function needsOfVideo(plan: Plan, inspection: Inspection): number {
  if (!isQuick(plan, inspection)) return stages.inspectMezzanine;
  const { grid } = plan;
  return grid.frames / toNumber(grid.frameRate) <= quickAudioSeconds ? stages.quick : stages.cut;
}

function chunkTasks(
  { chunks, grid, filters }: Plan,
  { video }: Inspection,
  rungs: Rung[],
  turn: Pick<PlannedTask, "stage" | "needs" | "priority">,
): PlannedTask[] {
  const tailFrames =
    Math.ceil((video.lastFrameSeconds * grid.frameRate.num) / grid.frameRate.den) + tailSlackFrames;
  return chunks.map(({ firstFrame, endFrame }, n) => ({
    kind: "video",
    ordinal: n,
    ...turn,
    spec: {
      kind: "video",
      grid,
      streamIndex: video.index,
      firstFrame,
      endFrame,
      tailFrames: endFrame === grid.frames ? tailFrames : 0,
      filters,
      rungs,
    },
  }));
}

function storyboardTaskOf(plan: Plan): PlannedTask {
  return {
    kind: "storyboard",
    ordinal: 0,
    stage: stages.rest,
    needs: stages.first,
    priority: priorityOfRest(plan),
    spec: storyboardTask(plan.storyboard, plan.grid),
  };
}
