/** Makes the sheets of thumbnails for a player's seek bar, from the I-frames of a rendition that is stored already. */

import { open, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { initFile, segmentFile, sheetPattern } from "../../../protocol/media-files.ts";
import { pictureBytes } from "../../../protocol/planned-output.ts";
import type { RenditionReport } from "../../../protocol/report.ts";
import type { StoryboardTask } from "../../../protocol/task.ts";
import { args } from "../ffmpeg/args.ts";
import { runToEnd } from "../ffmpeg/run-ffmpeg.ts";
import { splitFragments } from "../isobmff/split-fragments.ts";
import type { TaskContext, TaskResult } from "../task/task.ts";
import { TaskFailure } from "../task/task-failure.ts";
import { inTemporaryFolder } from "../task/temporary-folder.ts";

const stallMs = 120_000;

/** @throws TaskFailure `bad_encoder_output` when there are not as many sheets as planned; what `readMedia` throws. */
export async function makeStoryboard(task: StoryboardTask, context: TaskContext): Promise<TaskResult> {
  return await inTemporaryFolder(async (folder) => {
    const film = path.join(folder, "iframes.mp4");
    const thumbnails = await collectGops(task, context, film);
    const { columns, rows, width, height } = task.tiles;
    const { exitCode, log, usage } = await runToEnd(
      "ffmpeg",
      args`-hide_banner -nostdin -v warning -y -xerror -skip_frame nokey
        -protocol_whitelist file -f mov -i ${film} -map 0:v:0
        -vf scale=${width}:${height}:flags=bicubic,setsar=1,tile=${columns}x${rows}
        -fps_mode passthrough -q:v 5 -map_metadata -1
        -fflags +bitexact -flags:v +bitexact -start_number 0 -f image2 ${path.join(folder, sheetPattern)}`,
      {
        ...{ stallMs, signal: context.signal, maxBytes: 1 },
        fileBytes: pictureBytes(columns * width, rows * height),
      },
    );
    const sheetThumbnails = columns * rows;
    const sheets = Math.ceil(thumbnails / sheetThumbnails);
    const made = (await readdir(folder)).filter((file) => file.endsWith(".jpg")).sort();
    if (exitCode !== 0 || made.length !== sheets) {
      throw new TaskFailure("bad_encoder_output", "The seek bar's thumbnails could not be made.", {
        retryable: true,
        log: `exit code ${exitCode}; ${made.length} of ${sheets} sheets\n${log}`,
      });
    }
    const intervalTicks = task.intervalFrames * task.grid.frameTicks;
    const endTicks = task.grid.frames * task.grid.frameTicks;
    const report: RenditionReport = {
      key: task.key,
      codecs: "jpeg",
      timescale: task.grid.timescale,
      init: null,
      tiles: { ...task.tiles, intervalTicks },
      segments: [],
    };
    for (const [n, file] of made.entries()) {
      const bytes = await readFile(path.join(folder, file));
      const first = n * sheetThumbnails;
      const start = first * intervalTicks;
      const frames = Math.min(sheetThumbnails, thumbnails - first);
      const duration = Math.min(endTicks, (first + frames) * intervalTicks) - start;
      const stored = await context.worker.putMedia(task.key, file, "image/jpeg", bytes);
      report.segments.push({ ...stored, start, duration, frames, iframes: [] });
    }
    return { renditions: [report], slices: [], images: [], usage };
  });
}

/** Writes the init segment and the GOP of each thumbnail as one MP4. @returns how many thumbnails there are. */
async function collectGops(task: StoryboardTask, context: TaskContext, film: string): Promise<number> {
  const { grid } = task;
  const file = await open(film, "w");
  try {
    await file.write(await context.worker.readMedia(task.from, initFile));
    let loaded = -1;
    let gops: Uint8Array[] = [];
    let thumbnails = 0;
    for (let frame = 0; frame < grid.frames; frame += task.intervalFrames) {
      const segment = Math.floor(frame / grid.segmentFrames);
      if (segment !== loaded) {
        gops = await gopsOf(await context.worker.readMedia(task.from, segmentFile(segment)));
        loaded = segment;
      }
      const gop = gops[(frame % grid.segmentFrames) / grid.gopFrames];
      if (gop === undefined) throw new Error(`no GOP at frame ${frame} of ${task.from}`);
      await file.write(gop);
      thumbnails++;
      context.onProgress(frame / grid.frames);
    }
    return thumbnails;
  } finally {
    await file.close();
  }
}

async function gopsOf(segment: Uint8Array): Promise<Uint8Array[]> {
  const gops: Uint8Array[] = [];
  for await (const piece of splitFragments(
    (async function* () {
      yield segment;
    })(),
  ))
    gops.push(piece.bytes);
  return gops;
}
