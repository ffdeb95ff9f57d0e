/**
 * Cuts the sound of a piece of film into slices, apart from its pictures: so it is encoded beside them, and not after
 * them.
 */
import path from "node:path";
import { sliceBytes } from "../../../protocol/planned-output.ts";
import { framesToSeconds, toNumber } from "../../../protocol/rational.ts";
import type { AudioSlicesTask } from "../../../protocol/task.ts";
import { checkDecodeErrors } from "../ffmpeg/classify-decode-errors.ts";
import { explainLog } from "../ffmpeg/explain-log.ts";
import { type Run, runTool } from "../ffmpeg/run-ffmpeg.ts";
import type { TaskContext, TaskResult } from "../task/task.ts";
import { inTemporaryFolder } from "../task/temporary-folder.ts";
import { brokenSound, repairSlice } from "./repair-slice.ts";
import { slicesArguments } from "./slice-arguments.ts";

const stallMs = 120_000;

/**
 * @throws TaskFailure `damaged` when too much of it can't be decoded; `short_source` when it ends before its planned
 * end.
 */
export async function cutSlices(task: AudioSlicesTask, context: TaskContext): Promise<TaskResult> {
  const { worker, signal } = context;
  return await inTemporaryFolder(async (folder) => {
    const paths = task.slices.map((_, n) => path.join(folder, `${n}.flac`));
    const run = runTool("ffmpeg", slicesArguments(task, worker.sourceUrl, paths), {
      outputs: 0,
      stallMs,
      signal,
      env: worker.toolEnv,
      fileBytes: Math.max(...task.slices.map(sliceBytes)),
    });
    watchProgress(run, task, context.onProgress);
    const { exitCode, log, usage, findings } = await run.result;
    signal.throwIfAborted();
    const warnings = checkDecodeErrors(findings, null, task, log);
    if (exitCode !== 0) {
      const reason = explainLog(log);
      throw reason?.retryable === false ? reason : brokenSound(`exit code ${exitCode}\n${log}`);
    }
    const slices = await Promise.all(
      task.slices.map(async (slice, n) => {
        const bytes = await repairSlice(task, slice, paths[n] ?? "", { worker, signal });
        const stored = await worker.putSlice(slice.key, bytes);
        return { ...stored, key: slice.key, samples: slice.endSample - slice.firstSample };
      }),
    );
    return { renditions: [], slices, images: [], warnings, usage };
  });
}

/** FFmpeg's progress is a time on the source's clock. */
function watchProgress(run: Run, task: AudioSlicesTask, onProgress: (fraction: number) => void): void {
  const { grid, firstFrame, endFrame } = task;
  const seconds = framesToSeconds(endFrame - firstFrame, grid.frameRate);
  const startSeconds = grid.originSeconds + firstFrame / toNumber(grid.frameRate);
  let last = "";
  run.stdout.setEncoding("utf8").on("data", (text: string) => {
    const time = /^out_time_us=\s*(\d+)$/m.exec(text)?.[1];
    if (time === undefined || time === last) return;
    last = time;
    run.alive();
    onProgress(Math.min(1, Math.max(0, (Number(time) / 1e6 - startSeconds) / seconds)));
  });
}
