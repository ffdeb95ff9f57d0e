/** Runs one task of any kind and returns its outcome. */
import type { TaskEvent, TaskFailureBody } from "../../protocol/report.ts";
import type { TaskSpec } from "../../protocol/task.ts";
import { cutSlices } from "./audio/cut-slices.ts";
import { encodeAudio } from "./audio/encode-audio.ts";
import { hideAddresses } from "./ffmpeg/hide-addresses.ts";
import { makePosters } from "./images/make-posters.ts";
import { makeStoryboard } from "./images/make-storyboard.ts";
import { inspect } from "./inspect/inspect.ts";
import { remux } from "./remux/remux.ts";
import { openRelay } from "./task/source-relay.ts";
import type { TaskContext, TaskResult } from "./task/task.ts";
import { TaskFailure } from "./task/task-failure.ts";
import { WorkerClient } from "./task/worker-client.ts";
import { makeText } from "./text/make-text.ts";
import { encodeVideo } from "./video/encode-video.ts";
import { makePassthrough } from "./video/passthrough-video.ts";
import { probeComplexity } from "./video/probe-complexity.ts";

/** An error of ours may quote what it could not read, characters. */
const maxStackCharacters = 4000;

/**
 * @param api the base address of the task's API, with its grant.
 * @returns the task's last event: `done` with its report, or `failed` with a code. Never throws, unless it was aborted.
 */
export async function runTask(
  spec: TaskSpec,
  api: string,
  { signal, onProgress }: Omit<TaskContext, "worker">,
): Promise<TaskEvent> {
  const started = performance.now();
  const relay = await openRelay(api);
  try {
    const worker = new WorkerClient(api, relay, signal);
    const result = await perform(spec, { worker, signal, onProgress });
    const wallSeconds = (performance.now() - started) / 1000;
    return { type: "done", report: { ...result, usage: { ...result.usage, wallSeconds } } };
  } catch (error) {
    signal.throwIfAborted();
    return { type: "failed", failure: describeFailure(spec, error) };
  } finally {
    relay.close();
  }
}

function describeFailure(spec: TaskSpec, error: unknown): TaskFailureBody {
  if (error instanceof TaskFailure) {
    const { code, message: detail, retryable, log } = error;
    return { code, detail, retryable, log: hideAddresses(log) };
  }
  console.error("task broke", spec.kind, error);
  const log = error instanceof Error ? (error.stack ?? String(error)) : String(error);
  return {
    code: "transcoder_broken",
    detail: "The transcoder failed on this film.",
    retryable: true,
    log: hideAddresses(log).slice(0, maxStackCharacters),
  };
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
