/**
 * Copies a source whose container has no key-frame index (MPEG-TS, MPEG-PS, FLV, AVI, ASF) into Matroska, without
 * touching its streams: any seek in the original would lose frames. This mezzanine is streamed to storage part by part;
 * only a transport stream with AAC goes through a file on disk.
 */

import { createReadStream } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { mezzanineBytes, mezzaninePartBytes } from "../../../protocol/planned-output.ts";
import { args } from "../ffmpeg/args.ts";
import { explainLog } from "../ffmpeg/explain-log.ts";
import { inputGuards, reconnect } from "../ffmpeg/input-options.ts";
import { limitBytes } from "../ffmpeg/limit-bytes.ts";
import { type RunResult, runTool } from "../ffmpeg/run-ffmpeg.ts";
import { maxMezzanineOnDiskBytes } from "../task/limits.ts";
import { damaged } from "../task/source-errors.ts";
import type { TaskContext, TaskResult } from "../task/task.ts";
import { TaskFailure } from "../task/task-failure.ts";
import { inTemporaryFolder } from "../task/temporary-folder.ts";
import type { MezzaninePart } from "../task/worker-client.ts";
import { PartCutter } from "./cut-parts.ts";
import { findHoles } from "./find-holes.ts";

const stallMs = 300_000;

/**
 * FFmpeg's complaint about AAC with ADTS headers, as transport streams hold it: Matroska wants the codec's
 * configuration in front, which is known only after the first packet. It then writes it where it belongs by seeking
 * back, which needs a file.
 */
const lacksAudioHeader = /unable to determine samplerate/;

/** The end of a run. `times` are the pictures', seconds. */
type RemuxRun = RunResult & { times: number[] };

/** @throws TaskFailure `damaged` when FFmpeg can't copy the streams; `too_large`. */
export async function remux(bytes: number, context: TaskContext): Promise<TaskResult> {
  return await inTemporaryFolder((folder) => remuxIn(folder, bytes, context));
}

async function remuxIn(folder: string, bytes: number, context: TaskContext): Promise<TaskResult> {
  const uploadId = await context.worker.beginMezzanine();
  const parts: MezzaninePart[] = [];
  const broken = new AbortController();
  const signal = AbortSignal.any([context.signal, broken.signal]);
  try {
    const rest = new PartCutter(mezzaninePartBytes);
    const take = async (stream: AsyncIterable<Uint8Array>, alive: () => void): Promise<void> => {
      for await (const chunk of limitBytes(stream, mezzanineBytes(bytes))) {
        alive();
        for (const part of rest.add(chunk)) {
          parts.push(await context.worker.putMezzaninePart(uploadId, parts.length + 1, part));
          context.onProgress(Math.min(1, (parts.length * mezzaninePartBytes) / bytes));
        }
      }
    };
    let run = await remuxStreams(context, signal, { to: "pipe:3", fileBytes: 0 }, take);
    if (run.exitCode !== 0 && lacksAudioHeader.test(run.log)) {
      if (bytes > maxMezzanineOnDiskBytes) throw tooLargeToRemux();
      const file = path.join(folder, "mezzanine.mkv");
      run = await remuxStreams(context, signal, { to: file, fileBytes: mezzanineBytes(bytes) }, take);
      if (run.exitCode === 0) await take(createReadStream(file), () => undefined);
    }
    const warnings = checkRun(run);
    const last = rest.end();
    if (last !== null) parts.push(await context.worker.putMezzaninePart(uploadId, parts.length + 1, last));
    const stored = await context.worker.completeMezzanine(uploadId, parts);
    return { mezzanineBytes: stored, renditions: [], slices: [], images: [], warnings, usage: run.usage };
  } finally {
    broken.abort();
  }
}

function checkRun({ exitCode, log, findings, times }: RemuxRun): NonNullable<TaskResult["warnings"]> {
  const { lost, damaged: isTorn } = findHoles(times);
  const isDamaged = findings.complaints > 0 && lost > 0;
  if (isDamaged && isTorn) throw damaged(`${lost} pictures are missing in it`, log);
  if (exitCode !== 0) throw explainLog(log) ?? damaged("its streams can't be read to the end", log);
  return isDamaged ? [{ code: "lost_pictures", detail: `${lost} pictures are missing in the source` }] : [];
}

/** Copies the source's pictures and sound: to `pipe:3`, which `take` reads, or to a file of at most `fileBytes`. */
async function remuxStreams(
  context: TaskContext,
  signal: AbortSignal,
  target: { to: string; fileBytes: number },
  take: (stream: AsyncIterable<Uint8Array>, alive: () => void) => Promise<void>,
): Promise<RemuxRun> {
  const run = runTool(
    "ffmpeg",
    // The last output is the pictures' times, one a line, to see what a torn stream has lost.
    args`-hide_banner -nostdin -v warning -fflags +genpts ${inputGuards} ${reconnect} -i ${context.worker.sourceUrl}
      -map 0:V -map 0:a? -c copy -map_metadata:g -1 -f matroska ${target.to}
      -map 0:V:0 -c copy -f mkvtimestamp_v2 pipe:4`,
    { outputs: 2, stallMs, signal, env: context.worker.toolEnv, fileBytes: target.fileBytes },
  );
  run.stdout.resume();
  const times = readTimes(run.outputs[1], run.alive);
  await take((run.outputs[0] ?? []) as AsyncIterable<Uint8Array>, run.alive);
  return { ...(await run.result), times: await times };
}

/** Reads FFmpeg's timestamp list (`timecode format v2`: milliseconds, one a line). @returns seconds. */
async function readTimes(list: Readable | undefined, alive: () => void): Promise<number[]> {
  const times: number[] = [];
  if (list === undefined) return times;
  for await (const line of createInterface({ input: list })) {
    alive();
    if (!line.startsWith("#")) times.push(Number(line) / 1000);
  }
  return times;
}

function tooLargeToRemux(): TaskFailure {
  const gigabytes = maxMezzanineOnDiskBytes / 1e9;
  return new TaskFailure(
    "too_large",
    `A transport stream with AAC sound may have at most ${gigabytes} GB. Export this film as MP4 or MKV, or in parts.`,
  );
}
