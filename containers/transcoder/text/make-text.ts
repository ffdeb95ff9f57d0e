/**
 * Turns a film's subtitle tracks into WebVTT renditions. A film can do without them: a track that can't be converted is
 * left out, with the reason, and the others are kept.
 */

import { readFile } from "node:fs/promises";
import path from "node:path";
import { segmentFile } from "../../../protocol/media-files.ts";
import { maxTextTrackBytes } from "../../../protocol/planned-output.ts";
import { framesToSeconds } from "../../../protocol/rational.ts";
import type { RenditionReport } from "../../../protocol/report.ts";
import type { TextTask } from "../../../protocol/task.ts";
import { args } from "../ffmpeg/args.ts";
import { inputGuards, reconnect } from "../ffmpeg/input-options.ts";
import { runTool } from "../ffmpeg/run-ffmpeg.ts";
import type { TaskContext, TaskResult } from "../task/task.ts";
import { TaskFailure } from "../task/task-failure.ts";
import { inTemporaryFolder } from "../task/temporary-folder.ts";
import { readAss } from "./read-ass.ts";
import { type TextSegment, writeWebvtt } from "./write-webvtt.ts";

/** The whole source is read, and there may be long stretches without a word. */
const stallMs = 300_000;

/** Longest track that is read: more is no text for people, bytes of ASS. */
const maxTrackBytes = 8 * 1024 * 1024;

type Track = TextTask["tracks"][number];
type Usage = TaskResult["usage"];

/** @throws TaskFailure `storage_unreachable` only; a track that can't be made is named in `skipped`. */
export async function makeText(task: TextTask, context: TaskContext): Promise<TaskResult> {
  return await inTemporaryFolder(async (folder) => {
    const usage: Usage = { cpuSeconds: 0, peakBytes: 0 };
    const renditions: RenditionReport[] = [];
    const skipped: { key: string; reason: string }[] = [];
    const warnings: NonNullable<TaskResult["warnings"]> = [];
    let logs = await decode(task, task.tracks, folder, context, usage);
    if (logs === null) {
      // One track that can't be opened ends the run for all of them: each on its own then.
      logs = new Map<string, string>();
      for (const track of task.tracks) {
        const log = await decode(task, [track], folder, context, usage);
        if (log === null) skipped.push({ key: track.key, reason: "This subtitle track could not be read." });
        else logs.set(track.key, log.get(track.key) ?? "");
      }
    }
    for (const track of task.tracks) {
      const log = logs.get(track.key);
      if (log === undefined) continue;
      const made = await convert(task, track, folder, log);
      if (typeof made === "string") skipped.push({ key: track.key, reason: made });
      else {
        renditions.push(await store(task, track, made.segments(), context));
        if (made.loss !== null)
          warnings.push({ code: "subtitles_cut", detail: `${track.key}: ${made.loss}` });
      }
    }
    return { renditions, slices: [], images: [], skipped, warnings, usage };
  });
}

/** Decodes tracks to ASS in one read of the source. @returns FFmpeg's log by track, null when it gave up. */
async function decode(
  task: TextTask,
  tracks: Track[],
  folder: string,
  context: TaskContext,
  usage: Usage,
): Promise<Map<string, string> | null> {
  const outputs = tracks.flatMap(
    ({ key, streamIndex }) =>
      args`-map 0:${streamIndex} -c:s ass -avoid_negative_ts disabled
        -fs ${maxTrackBytes} -f ass ${path.join(folder, `${key}.ass`)}`,
  );
  const run = runTool(
    "ffmpeg",
    args`-hide_banner -nostdin -v warning -y -progress pipe:1 -copyts
      ${inputGuards} ${reconnect} -i ${context.worker.sourceUrl} ${outputs}`,
    {
      ...{ outputs: 0, stallMs, signal: context.signal, env: context.worker.toolEnv },
      fileBytes: 2 * maxTrackBytes,
    },
  );
  const lengthMicroseconds = framesToSeconds(task.grid.frames, task.grid.frameRate) * 1e6;
  run.stdout.setEncoding("utf8").on("data", (text: string) => {
    run.alive();
    const time = Number(/^out_time_us=(\d+)$/m.exec(text)?.[1] ?? 0);
    context.onProgress(Math.min(1, time / lengthMicroseconds));
  });
  const result = await run.result;
  context.signal.throwIfAborted();
  usage.cpuSeconds += result.usage.cpuSeconds;
  usage.peakBytes = Math.max(usage.peakBytes, result.usage.peakBytes);
  if (/Connection (reset|refused|timed out)|HTTP error|Input\/output error/i.test(result.log)) {
    throw new TaskFailure("storage_unreachable", "The source could not be read from storage.", {
      retryable: true,
      log: result.log,
    });
  }
  return result.exitCode === 0 ? new Map(tracks.map(({ key }) => [key, result.log])) : null;
}

/** A track whose segments can be written, one after the other, as often as they are wanted. */
interface Convertible {
  segments: () => Generator<TextSegment>;
  /** Half a sentence on what is not in them, null when all is. */
  loss: string | null;
}

/** @returns the track, or the reason why there is none. */
async function convert(
  task: TextTask,
  track: Track,
  folder: string,
  log: string,
): Promise<Convertible | string> {
  const ass = await readFile(path.join(folder, `${track.key}.ass`)).catch(() => null);
  if (ass === null) return "This subtitle track could not be read.";
  if (ass.byteLength >= maxTrackBytes) return tooLarge;
  const cues = readAss(ass.toString("utf8"), track.codec === "ass" || track.codec === "ssa");
  const segments = (): Generator<TextSegment> => writeWebvtt(cues, task.grid, task.segmentsPerFile);
  let bytes = 0;
  let shown = 0;
  let left = 0;
  for (const segment of segments()) {
    bytes += Buffer.byteLength(segment.text);
    shown += segment.cues;
    left += segment.left;
    if (bytes > maxTextTrackBytes) return tooLarge;
  }
  if (shown > 0) return { segments, loss: describeLoss(cues.filter(({ isCut }) => isCut).length, left) };
  return /Invalid UTF-8/i.test(log)
    ? "This subtitle track is not encoded in UTF-8. Convert it, then upload the film again."
    : "This subtitle track has no text in it.";
}

const tooLarge = "This subtitle track is too large to be text that anybody reads.";

function describeLoss(cut: number, left: number): string | null {
  const parts = [
    ...(cut === 0 ? [] : [`${cut} subtitles are longer than anybody reads and were cut`]),
    ...(left === 0 ? [] : [`${left} subtitles are left out where more than a thousand come in a minute`]),
  ];
  return parts.length === 0 ? null : parts.join("; ");
}

async function store(
  task: TextTask,
  track: Track,
  segments: Generator<TextSegment>,
  context: TaskContext,
): Promise<RenditionReport> {
  const report: RenditionReport = {
    key: track.key,
    codecs: "webvtt",
    timescale: task.grid.timescale,
    init: null,
    segments: [],
  };
  for (const { text, start, duration, cues } of segments) {
    const file = segmentFile(report.segments.length, "vtt");
    const stored = await context.worker.putMedia(track.key, file, "text/vtt", Buffer.from(text, "utf8"));
    report.segments.push({ ...stored, start, duration, frames: cues, iframes: [] });
  }
  return report;
}
