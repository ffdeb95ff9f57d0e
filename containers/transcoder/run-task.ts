/** Runs one task of any kind and returns its outcome. */
import type { TaskEvent } from "../../protocol/report.ts";
import type { TaskSpec } from "../../protocol/task.ts";
import { cutSlices } from "./audio/cut-slices.ts";
import { encodeAudio } from "./audio/encode-audio.ts";
import { makePosters } from "./images/make-posters.ts";
import { makeStoryboard } from "./images/make-storyboard.ts";
import { inspect } from "./inspect/inspect.ts";
import { remux } from "./remux/remux.ts";
import type { TaskContext, TaskResult } from "./task/task.ts";
import { TaskFailure } from "./task/task-failure.ts";
import { makeText } from "./text/make-text.ts";
import { encodeVideo } from "./video/encode-video.ts";
import { makePassthrough } from "./video/passthrough-video.ts";
import { probeComplexity } from "./video/probe-complexity.ts";

/** @returns the task's last event: `done` with its report, or `failed` with a code. Never throws, unless it was aborted. */
export async function runTask(spec: TaskSpec, context: TaskContext): Promise<TaskEvent> {
  const started = performance.now();
  try {
    const result = await perform(spec, context);
    const wallSeconds = (performance.now() - started) / 1000;
    return { type: "done", report: { ...result, usage: { ...result.usage, wallSeconds } } };
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof TaskFailure) {
      const { code, message: detail, retryable, log } = error;
      return { type: "failed", failure: { code, detail, retryable, log } };
    }
    console.error("task broke", spec.kind, error);
    const log = error instanceof Error ? (error.stack ?? String(error)) : String(error);
    return {
      type: "failed",
      failure: {
        code: "transcoder_broken",
        detail: "The transcoder failed on this film.",
        retryable: true,
        log,
      },
    };
  }
}

function perform(spec: TaskSpec, context: TaskContext): Promise<TaskResult> {
  switch (spec.kind) {
    case "inspect":
      return inspectAndProbe(spec.bytes, context);
    case "remux":
      return remux(spec.bytes, context);
    case "passthrough":
      return makePassthrough(spec, context);
    case "audio-slices":
      return cutSlices(spec, context);
    case "video":
      return encodeVideo(spec, context);
    case "audio":
      return encodeAudio(spec, context);
    case "text":
      return makeText(spec, context);
    case "storyboard":
      return makeStoryboard(spec, context);
    case "poster":
      return makePosters(spec, context);
  }
}

async function inspectAndProbe(bytes: number, context: TaskContext): Promise<TaskResult> {
  const result = await inspect(bytes, context);
  if (result.inspection === undefined) return result;
  const complexity = await probeComplexity(result.inspection, context);
  return { ...result, inspection: { ...result.inspection, complexity } };
}
