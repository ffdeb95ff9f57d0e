/**
 * Copies a source whose container has no key-frame index (MPEG-TS, MPEG-PS, FLV, AVI, ASF) into Matroska, without
 * touching its streams: any seek in the original would lose frames. The copy is streamed to storage part by part.
 */
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { TaskContext, TaskResult } from "./encode-video.ts";
import { explainLog } from "./explain-log.ts";
import { findHoles } from "./find-holes.ts";
import { limitBytes } from "./limit-bytes.ts";
import { outputSlackBytes } from "./limits.ts";
import { damaged } from "./refuse-source.ts";
import { runTool } from "./run-ffmpeg.ts";
import { inputGuards, reconnect } from "./source-arguments.ts";
import type { CopyPart } from "./transcoder-api.ts";

const stallMs = 300_000;

/** A copy has the same packets in other boxes; tiny packets in Matroska blocks may take twice their bytes. */
const maxCopyFactor = 2;

/** Bytes of a part; R2 wants all parts but the last to be equal. 10,000 of them hold 312 GiB. */
const partBytes = 32 * 1024 * 1024;

/** @throws TaskFailure `damaged` when FFmpeg can't copy the streams. */
export async function remux(bytes: number, context: TaskContext): Promise<TaskResult> {
  const uploadId = await context.api.beginCopy();
  const parts: CopyPart[] = [];
  const broken = new AbortController();
  try {
    const run = runTool(
      "ffmpeg",
      [
        ...["-hide_banner", "-nostdin", "-v", "warning", "-fflags", "+genpts", ...inputGuards, ...reconnect],
        ...[
          "-i",
          context.api.sourceUrl,
          "-map",
          "0:V",
          "-map",
          "0:a?",
          "-c",
          "copy",
          "-map_metadata:g",
          "-1",
        ],
        ...["-f", "matroska", "pipe:3"],
        // The pictures' times, one a line, to see what a torn stream has lost.
        ...["-map", "0:V:0", "-c", "copy", "-f", "mkvtimestamp_v2", "pipe:4"],
      ],
      { outputs: 2, stallMs, signal: AbortSignal.any([context.signal, broken.signal]) },
    );
    run.stdout.resume();
    const times = readTimes(run.outputs[1]);
    let pending: Uint8Array[] = [];
    let pendingBytes = 0;
    const output = (run.outputs[0] ?? []) as AsyncIterable<Uint8Array>;
    for await (const chunk of limitBytes(output, bytes * maxCopyFactor + outputSlackBytes)) {
      run.alive();
      pending.push(chunk);
      pendingBytes += chunk.byteLength;
      while (pendingBytes >= partBytes) {
        const all = Buffer.concat(pending);
        parts.push(await context.api.putCopyPart(uploadId, parts.length + 1, all.subarray(0, partBytes)));
        pending = [all.subarray(partBytes)];
        pendingBytes -= partBytes;
        context.onProgress(Math.min(1, (parts.length * partBytes) / bytes));
      }
    }
    const { exitCode, log, usage, findings } = await run.result;
    const { lost, damaged: isTorn } = findHoles(await times);
    const isDamaged = findings.complaints > 0 && lost > 0;
    if (isDamaged && isTorn) throw damaged(`${lost} pictures are missing in it`, log);
    if (exitCode !== 0) throw explainLog(log) ?? damaged("its streams can't be read to the end", log);
    if (pendingBytes > 0) {
      parts.push(await context.api.putCopyPart(uploadId, parts.length + 1, Buffer.concat(pending)));
    }
    const copyBytes = await context.api.completeCopy(uploadId, parts);
    const warnings = isDamaged
      ? [{ code: "lost_pictures", detail: `${lost} pictures are missing in the source` }]
      : [];
    return { copyBytes, renditions: [], slices: [], images: [], warnings, usage };
  } finally {
    broken.abort();
  }
}

/** Reads FFmpeg's timestamp list (`timecode format v2`: milliseconds, one a line). @returns seconds. */
async function readTimes(list: Readable | undefined): Promise<number[]> {
  const times: number[] = [];
  if (list === undefined) return times;
  for await (const line of createInterface({ input: list })) {
    if (!line.startsWith("#")) times.push(Number(line) / 1000);
  }
  return times;
}
