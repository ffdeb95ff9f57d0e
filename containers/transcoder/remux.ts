/**
 * Copies a source whose container has no key-frame index (MPEG-TS, MPEG-PS, FLV, AVI, ASF) into Matroska, without
 * touching its streams: any seek in the original would lose frames. The copy is streamed to storage part by part.
 */
import type { TaskContext, TaskResult } from "./encode-video.ts";
import { runTool } from "./run-ffmpeg.ts";
import { inputGuards, reconnect } from "./source-arguments.ts";
import { TaskFailure } from "./task-failure.ts";
import type { CopyPart } from "./transcoder-api.ts";

const stallMs = 300_000;

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
      ],
      { outputs: 1, stallMs, signal: AbortSignal.any([context.signal, broken.signal]) },
    );
    run.stdout.resume();
    let pending: Buffer[] = [];
    let pendingBytes = 0;
    for await (const chunk of (run.outputs[0] ?? []) as AsyncIterable<Buffer>) {
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
    const { exitCode, log, usage } = await run.result;
    if (exitCode !== 0) {
      throw new TaskFailure("damaged", "This file's streams can't be read to the end. Export it again.", {
        log,
      });
    }
    if (pendingBytes > 0) {
      parts.push(await context.api.putCopyPart(uploadId, parts.length + 1, Buffer.concat(pending)));
    }
    const copyBytes = await context.api.completeCopy(uploadId, parts);
    return { copyBytes, renditions: [], slices: [], images: [], usage };
  } finally {
    broken.abort();
  }
}
