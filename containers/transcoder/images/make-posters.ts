/** Picks a telling frame near a moment of the film and stores it as JPEG in several sizes. */

import { readFile } from "node:fs/promises";
import path from "node:path";
import { pictureBytes } from "../../../protocol/planned-output.ts";
import type { PosterTask } from "../../../protocol/task.ts";
import { args } from "../ffmpeg/args.ts";
import { explainLog } from "../ffmpeg/explain-log.ts";
import { inputGuards, reconnect } from "../ffmpeg/input-options.ts";
import { runToEnd } from "../ffmpeg/run-ffmpeg.ts";
import type { TaskContext, TaskResult } from "../task/task.ts";
import { TaskFailure } from "../task/task-failure.ts";
import { inTemporaryFolder } from "../task/temporary-folder.ts";
import { pictureChain } from "../video/video-arguments.ts";

const stallMs = 120_000;

/** Frames among which FFmpeg's `thumbnail` filter picks the most representative one. */
const candidates = 48;

/** @throws TaskFailure `short_source` when no frame could be decoded there. */
export async function makePosters(task: PosterTask, context: TaskContext): Promise<TaskResult> {
  return await inTemporaryFolder(async (folder) => {
    let drawn = await drawPosters(task, context, folder, `thumbnail=${candidates},`);
    // Of fewer pictures than that, all alike, the filter gives none: then the first one is as good as any.
    if (drawn.exitCode === 0 && drawn.pictures.includes(null)) {
      drawn = await drawPosters(task, context, folder, "");
    }
    const { exitCode, log, usage, pictures } = drawn;
    const images = await Promise.all(
      task.images.map(async ({ file }, n) => {
        const bytes = pictures[n];
        if (exitCode !== 0 || bytes == null) {
          const reason = explainLog(log);
          if (reason !== null) throw reason;
          throw new TaskFailure("short_source", "No picture could be read where the poster should be.", {
            retryable: true,
            log: `exit code ${exitCode}\n${log}`,
          });
        }
        return await context.worker.putMedia(task.key, file, "image/jpeg", bytes);
      }),
    );
    return { renditions: [], slices: [], images, usage };
  });
}

/** @param choice the filter that picks a picture, with its comma. @returns the pictures in the task's order; null where there is none */
async function drawPosters(task: PosterTask, context: TaskContext, folder: string, choice: string) {
  const largest = task.images[0];
  if (largest === undefined) throw new Error("a poster task names at least one image");
  const graph = [
    // Scaled before it is chosen: the filter keeps all candidates, and 48 pictures of 8K are 5 GB.
    `[0:${task.streamIndex}]scale=${largest.width}:${largest.height}:flags=bicubic,${choice}` +
      `${pictureChain(task.filters)},setsar=1,split=${task.images.length}${task.images.map((_, n) => `[s${n}]`).join("")}`,
    ...task.images.map(({ width, height }, n) => `[s${n}]scale=${width}:${height}:flags=bicubic[p${n}]`),
  ].join(";");
  const outputs = task.images.flatMap(
    ({ file }, n) =>
      args`-map [p${n}] -frames:v 1 -q:v 3 -map_metadata -1
        -fflags +bitexact -f image2 -update 1 ${path.join(folder, file)}`,
  );
  const run = await runToEnd(
    "ffmpeg",
    args`-hide_banner -nostdin -v warning -y -noaccurate_seek -ss ${task.atSeconds.toFixed(3)}
      ${inputGuards} ${reconnect} -i ${context.worker.sourceUrl} -filter_complex ${graph} ${outputs}`,
    {
      ...{ stallMs, signal: context.signal, maxBytes: 1, env: context.worker.toolEnv },
      fileBytes: pictureBytes(largest.width, largest.height),
    },
  );
  const pictures = await Promise.all(
    task.images.map(({ file }) => readFile(path.join(folder, file)).catch(() => null)),
  );
  return { ...run, pictures };
}
