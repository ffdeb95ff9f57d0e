/** Probes a film's difficulty: encodes a few short windows of it, small and at the ladder's own quality. */

import { videoCodecs } from "../../../protocol/codecs.ts";
import type { Complexity, Inspection } from "../../../protocol/inspection.ts";
import { args } from "../ffmpeg/args.ts";
import { inputGuards, reconnect } from "../ffmpeg/input-options.ts";
import { runToEnd } from "../ffmpeg/run-ffmpeg.ts";
import type { TaskContext } from "../task/task.ts";

/** A window's length, and the distance between windows, seconds. More than eight add nothing. */
const windowSeconds = 2;
const spacingSeconds = 20;
const maxWindows = 8;

/** Films shorter than this are encoded before a probe would have paid for itself, seconds. */
const leastSeconds = 20;

/** The short side that windows are scaled to, and their CRF: the ladder's. */
const shortSide = 360;
const { crf } = videoCodecs.h264;

const stallMs = 60_000;
const maxWindowBytes = 64 * 1024 * 1024;

/** Only these can be seeked into; others are inspected again as a mezzanine. */
const seekable = new Set(["mov", "matroska"]);

/**
 * Encodes windows spread over the film.
 * @returns null for a film that is short or can't be seeked in, or when a window could not be read: then the ladder is
 * planned as for a film of ordinary difficulty.
 */
export async function probeComplexity(
  inspection: Inspection,
  context: TaskContext,
): Promise<Complexity | null> {
  const { durationSeconds, video } = inspection;
  if (durationSeconds < leastSeconds || !seekable.has(inspection.container)) return null;
  const count = Math.min(maxWindows, Math.max(2, Math.round(durationSeconds / spacingSeconds)));
  const windows: Complexity["windows"] = [];
  for (let n = 0; n < count; n++) {
    const intoFilm = ((n + 0.5) * durationSeconds) / count - windowSeconds / 2;
    const atSeconds = video.startSeconds - inspection.startSeconds + intoFilm;
    const { exitCode, stdout } = await runToEnd("ffmpeg", windowArguments(inspection, atSeconds, context), {
      stallMs,
      signal: context.signal,
      maxBytes: maxWindowBytes,
      env: context.worker.toolEnv,
    });
    if (exitCode !== 0 || stdout.byteLength === 0) return null;
    windows.push({ atSeconds: intoFilm, kbps: Math.round((stdout.byteLength * 8) / windowSeconds / 1000) });
    context.onProgress((n + 1) / count);
  }
  return { shortSide, crf, windows };
}

function windowArguments({ video }: Inspection, atSeconds: number, context: TaskContext): string[] {
  const turned = video.rotation === 90 || video.rotation === 270;
  const wide = turned ? video.height > video.width : video.width >= video.height;
  const size = wide ? `-2:${shortSide}` : `${shortSide}:-2`;
  // From the key frame before it: with 10 s between those, decoding up to the very moment took three times as long.
  return args`-hide_banner -nostdin -v error -noaccurate_seek -ss ${atSeconds.toFixed(3)} ${inputGuards} ${reconnect}
    -i ${context.worker.sourceUrl} -map 0:${video.index} -t ${windowSeconds}
    -vf scale=${size}:flags=bicubic,format=yuv420p
    -c:v ${videoCodecs.h264.encoder} -preset veryfast -crf ${crf} -f h264 pipe:1`;
}
