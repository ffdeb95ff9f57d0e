/** Reads every packet's time of a source that has hardly any bytes for its length. */

import { createInterface } from "node:readline";
import { args } from "../ffmpeg/args.ts";
import { inputGuards, reconnect } from "../ffmpeg/input-options.ts";
import { runTool } from "../ffmpeg/run-ffmpeg.ts";
import type { TaskContext } from "../task/task.ts";
import { beyondHold, type FilmTime } from "./containers/check-timestamps.ts";

const stallMs = 120_000;

/** A gap in a sound track that is longer than this is not sound, seconds. */
const longestSoundGap = 10;

/** A film's time, and how many pictures it has. */
export type PacketTime = FilmTime & { pictures: number };

/**
 * Walks all packets: ffprobe reads the whole file, so this is only for small ones. Memory stays small.
 * @param durationSeconds of the video stream, as its last packet says.
 */
export async function readFilmTime(
  videoStream: number,
  durationSeconds: number,
  context: TaskContext,
): Promise<PacketTime> {
  const run = runTool(
    "ffprobe",
    args`-v error ${inputGuards} ${reconnect} -show_entries packet=codec_type,stream_index,pts_time
      -print_format csv=p=0 ${context.worker.sourceUrl}`,
    { outputs: 0, stallMs, signal: context.signal, env: context.worker.toolEnv },
  );
  let pictures = 0;
  let heldSeconds = 0;
  let latest = Number.NaN;
  const sounds = new Map<string, { latest: number; seconds: number }>();
  for await (const line of createInterface({ input: run.stdout })) {
    run.alive();
    const [type, stream = "", time] = line.split(",");
    const pts = Number(time);
    if (time === undefined || Number.isNaN(pts)) continue;
    if (type === "video" && Number(stream) === videoStream) {
      pictures++;
      // Pictures come in decoding order: only a later one than all before ends a hold.
      if (!(pts <= latest)) {
        heldSeconds += Number.isNaN(latest) ? 0 : beyondHold(pts - latest);
        latest = pts;
      }
    } else if (type === "audio") {
      const sound = sounds.get(stream) ?? { latest: pts, seconds: 0 };
      const step = pts - sound.latest;
      if (step > 0 && step <= longestSoundGap) sound.seconds += step;
      sounds.set(stream, { latest: Math.max(pts, sound.latest), seconds: sound.seconds });
    }
  }
  await run.result;
  const soundSeconds = Math.max(0, ...[...sounds.values()].map(({ seconds }) => seconds));
  return { pictures, durationSeconds, heldSeconds, soundSeconds };
}
