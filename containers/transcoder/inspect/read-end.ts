/** Finds when the last frame ends, from packets and not from the header, which may lie. */

import { createInterface } from "node:readline";
import type { Inspection } from "../../../protocol/inspection.ts";
import type { Rational } from "../../../protocol/rational.ts";
import { args } from "../ffmpeg/args.ts";
import { inputGuards, reconnect } from "../ffmpeg/input-options.ts";
import { runTool } from "../ffmpeg/run-ffmpeg.ts";
import type { TaskContext } from "../task/task.ts";

const stallMs = 300_000;

/** Seconds before the stated end from which packets are read; key frames are rarely further apart. */
const tailSeconds = 10;

type SourceEnd = Pick<Inspection["video"], "endSeconds" | "lastFrameSeconds">;

/**
 * @param statedEndSeconds the stream's end by its header, on the source's clock
 * @param rate gives the last frame's duration where the container has none
 * @returns the end and the length of the last frame, seconds; `endSeconds` is -Infinity when there are no packets.
 * `complaints`: the times that the demuxer found something out of place on its way to the end.
 */
export async function readEnd(
  streamIndex: number,
  statedEndSeconds: number,
  rate: Rational | null,
  context: TaskContext,
): Promise<SourceEnd & { complaints: number }> {
  const from = Math.max(0, statedEndSeconds - tailSeconds);
  const near =
    from > 0
      ? await lastPacket(streamIndex, ["-read_intervals", `${from.toFixed(3)}%`], rate, context)
      : null;
  const { end, complaints } = near?.end ? near : await lastPacket(streamIndex, [], rate, context);
  return { ...(end ?? { endSeconds: Number.NEGATIVE_INFINITY, lastFrameSeconds: 0 }), complaints };
}

async function lastPacket(
  streamIndex: number,
  interval: string[],
  rate: Rational | null,
  { worker, signal }: TaskContext,
): Promise<{ end: SourceEnd | null; complaints: number }> {
  const run = runTool(
    "ffprobe",
    args`-v error ${inputGuards} ${reconnect} -select_streams ${streamIndex} ${interval}
      -show_entries packet=pts_time,dts_time,duration_time -print_format csv=p=0 ${worker.sourceUrl}`,
    { outputs: 0, stallMs, signal, env: worker.toolEnv },
  );
  let last: { start: number; duration: number } | null = null;
  // A film has millions of packets: none is kept but the last.
  for await (const line of createInterface({ input: run.stdout })) {
    run.alive();
    const [pts = "", dts = "", duration = ""] = line.split(",", 3);
    const start = secondsOf(pts) ?? secondsOf(dts);
    if (start === null || (last !== null && start <= last.start)) continue;
    last = { start, duration: secondsOf(duration) ?? 0 };
  }
  const { complaints } = (await run.result).findings;
  if (last === null) return { end: null, complaints };
  const lastFrameSeconds = last.duration > 0 ? last.duration : rate === null ? 0.04 : rate.den / rate.num;
  return { end: { endSeconds: last.start + lastFrameSeconds, lastFrameSeconds }, complaints };
}

/** FFprobe prints `N/A` for a time that a packet does not have. */
function secondsOf(text: string): number | null {
  const seconds = Number(text);
  return text === "" || Number.isNaN(seconds) ? null : seconds;
}
