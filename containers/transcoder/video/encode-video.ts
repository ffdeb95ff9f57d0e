/** Encodes one time chunk to all its rungs and cuts its audio slices, storing both while FFmpeg runs. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import type { VideoTask } from "../../../protocol/task.ts";
import { wholeSlice } from "../audio/repair-slice.ts";
import { judgeDecodeErrors } from "../ffmpeg/classify-decode-errors.ts";
import { explainLog } from "../ffmpeg/explain-log.ts";
import { limitBytes } from "../ffmpeg/limit-bytes.ts";
import { type Run, runTool } from "../ffmpeg/run-ffmpeg.ts";
import { maxOutputFactor, outputSlackBytes } from "../task/limits.ts";
import { damaged } from "../task/source-errors.ts";
import type { TaskContext, TaskResult } from "../task/task.ts";
import { TaskFailure } from "../task/task-failure.ts";
import { storeVideo } from "./store-video.ts";
import { videoArguments } from "./video-arguments.ts";

/** FFmpeg is ended when it writes nothing for this long: an encoder of ours never needs it, a hung read would. */
const stallMs = 120_000;

/**
 * @throws TaskFailure `damaged` when too much of it can't be decoded; `too_much_output`; `short_source` when fewer frames
 * came out than planned: exit code 0 proves nothing, because a truncated file and a dropped connection both look like
 * the end of the film.
 */
export async function encodeVideo(task: VideoTask, context: TaskContext): Promise<TaskResult> {
  const folder = await mkdtemp(path.join(tmpdir(), "marquee-"));
  const broken = new AbortController(); // ends FFmpeg when one of its outputs can't be stored
  try {
    const slicePaths = task.slices.map((_, n) => path.join(folder, `${n}.flac`));
    const run = runTool("ffmpeg", videoArguments(task, context.worker.sourceUrl, slicePaths), {
      outputs: task.rungs.length,
      stallMs,
      patient: task.rungs.length > 0,
      signal: AbortSignal.any([context.signal, broken.signal]),
    });
    const frames = task.endFrame - task.firstFrame;
    const seconds = (frames * task.grid.frameRate.den) / task.grid.frameRate.num;
    watchProgress(run, task, (fraction) => context.onProgress(fraction));
    const stores = await Promise.allSettled(
      task.rungs.map(async (rung, n) => {
        try {
          return await storeVideo(
            context.worker,
            rung,
            task.grid,
            task,
            limitBytes(run.outputs[n] ?? Readable.from([]), maxOutputBytes(rung.maxrateKbps, seconds)),
            run.alive,
          );
        } catch (error) {
          if (error instanceof TaskFailure) broken.abort(error);
          throw error;
        }
      }),
    );
    context.signal.throwIfAborted();
    if (broken.signal.aborted) throw broken.signal.reason;
    const { exitCode, log, usage, findings } = await run.result;
    const errors = judgeDecodeErrors(findings, task.streamIndex, frames, seconds);
    if (errors.damaged) throw damaged(whatIsDamaged(task, errors.pictures, errors.sounds), log);
    const renditions = stores.flatMap((store) =>
      store.status === "fulfilled" && store.value ? [store.value] : [],
    );
    const made = renditions.map((report) =>
      report.segments.reduce((sum, segment) => sum + segment.frames, 0),
    );
    if (exitCode !== 0 || made.length < task.rungs.length || made.some((count) => count !== frames)) {
      const reason = explainLog(log);
      throw reason?.retryable === false ? reason : shortSource(exitCode, made, frames, log);
    }
    const source = { url: context.worker.sourceUrl, signal: context.signal };
    const slices = await Promise.all(
      task.slices.map(async (slice, n) => ({
        ...(await context.worker.putSlice(
          slice.key,
          await wholeSlice(task, slice, slicePaths[n] ?? "", source),
        )),
        key: slice.key,
        samples: slice.endSample - slice.firstSample,
      })),
    );
    const warnings =
      errors.pictures + errors.sounds === 0
        ? []
        : [{ code: "decode_errors", detail: whatIsDamaged(task, errors.pictures, errors.sounds) }];
    return { renditions, slices, images: [], warnings, usage };
  } finally {
    broken.abort();
    await rm(folder, { recursive: true, force: true });
  }
}

function maxOutputBytes(kbps: number, seconds: number): number {
  return ((kbps * 1000) / 8) * seconds * maxOutputFactor + outputSlackBytes;
}

function whatIsDamaged(task: VideoTask, pictures: number, sounds: number): string {
  const clock = (frame: number): string => {
    const seconds = Math.round((frame * task.grid.frameRate.den) / task.grid.frameRate.num);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  const where = `between ${clock(task.firstFrame)} and ${clock(task.endFrame)}`;
  return `${pictures} pictures and ${sounds} pieces of sound ${where} can't be decoded whole`;
}

/** FFmpeg counts frames where there is a picture, and tells the time on the source's clock where there is only sound. */
function watchProgress(run: Run, task: VideoTask, onProgress: (fraction: number) => void): void {
  const { grid } = task;
  const rate = grid.frameRate.num / grid.frameRate.den;
  const frames = task.endFrame - task.firstFrame;
  let last = "";
  run.stdout.setEncoding("utf8").on("data", (text: string) => {
    const frame = /^frame=\s*(\d+)$/m.exec(text)?.[1];
    const time = /^out_time_us=\s*(\d+)$/m.exec(text)?.[1];
    const seen = `${frame} ${time}`;
    if (seen === last) return;
    last = seen;
    run.alive();
    const done =
      task.rungs.length > 0
        ? Number(frame ?? 0)
        : (Number(time ?? 0) / 1e6 - grid.originSeconds) * rate - task.firstFrame;
    onProgress(Math.min(1, Math.max(0, done / frames)));
  });
}

function shortSource(exitCode: number | null, made: number[], frames: number, log: string): TaskFailure {
  return new TaskFailure(
    "short_source",
    `The film ends or breaks before its stated end: ${Math.max(0, ...made)} of ${frames} frames could be read here.`,
    { retryable: true, log: `exit code ${exitCode}; frames ${made.join(", ")} of ${frames}\n${log}` },
  );
}
