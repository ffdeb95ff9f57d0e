/** Encodes one time chunk to all its rungs, storing them while FFmpeg runs. */
import { Readable } from "node:stream";
import { encodedBytes } from "../../../protocol/planned-output.ts";
import { framesToSeconds } from "../../../protocol/rational.ts";
import type { VideoTask } from "../../../protocol/task.ts";
import { checkDecodeErrors } from "../ffmpeg/classify-decode-errors.ts";
import { explainLog } from "../ffmpeg/explain-log.ts";
import { limitBytes } from "../ffmpeg/limit-bytes.ts";
import { type Run, runTool } from "../ffmpeg/run-ffmpeg.ts";
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
  const broken = new AbortController(); // ends FFmpeg when one of its outputs can't be stored
  try {
    const run = runTool("ffmpeg", videoArguments(task, context.worker.sourceUrl), {
      outputs: task.rungs.length,
      stallMs,
      patient: true,
      env: context.worker.toolEnv,
      signal: AbortSignal.any([context.signal, broken.signal]),
    });
    const frames = task.endFrame - task.firstFrame;
    const seconds = framesToSeconds(frames, task.grid.frameRate);
    watchProgress(run, frames, context.onProgress);
    const stores = await Promise.allSettled(
      task.rungs.map(async (rung, n) => {
        const output = run.outputs[n] ?? Readable.from([]);
        const limited = limitBytes(output, encodedBytes(rung.maxrateKbps, seconds));
        try {
          return await storeVideo(context.worker, rung, task.grid, task, limited, run.alive);
        } catch (error) {
          if (error instanceof TaskFailure) broken.abort(error);
          throw error;
        }
      }),
    );
    context.signal.throwIfAborted();
    if (broken.signal.aborted) throw broken.signal.reason;
    const { exitCode, log, usage, findings } = await run.result;
    const warnings = checkDecodeErrors(findings, task.streamIndex, task, log);
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
    return { renditions, slices: [], images: [], warnings, usage };
  } finally {
    broken.abort();
  }
}

/** FFmpeg counts the frames that are done. */
function watchProgress(run: Run, frames: number, onProgress: (fraction: number) => void): void {
  let last = "";
  run.stdout.setEncoding("utf8").on("data", (text: string) => {
    const frame = /^frame=\s*(\d+)$/m.exec(text)?.[1];
    const time = /^out_time_us=\s*(\d+)$/m.exec(text)?.[1];
    const seen = `${frame} ${time}`;
    if (seen === last) return;
    last = seen;
    run.alive();
    onProgress(Math.min(1, Number(frame ?? 0) / frames));
  });
}

function shortSource(exitCode: number | null, made: number[], frames: number, log: string): TaskFailure {
  return new TaskFailure(
    "short_source",
    `The film ends or breaks before its stated end: ${Math.max(0, ...made)} of ${frames} frames could be read here.`,
    { retryable: true, log: `exit code ${exitCode}; frames ${made.join(", ")} of ${frames}\n${log}` },
  );
}
