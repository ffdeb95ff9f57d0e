/** Finds when the last frame ends, from packets and not from the header, which may lie. */

import { z } from "zod";
import type { Inspection } from "../../../protocol/inspection.ts";
import type { Rational } from "../../../protocol/rational.ts";
import { args } from "../ffmpeg/args.ts";
import { inputGuards, reconnect } from "../ffmpeg/input-options.ts";
import { runToEnd } from "../ffmpeg/run-ffmpeg.ts";
import { maxPacketListBytes } from "../task/limits.ts";
import type { TaskContext } from "../task/task.ts";

const stallMs = 300_000;

/** Seconds before the stated end from which packets are read; key frames are rarely further apart. */
const tailSeconds = 10;

type SourceEnd = Pick<Inspection["video"], "endSeconds" | "lastFrameSeconds">;

const packet = z.object({ pts_time: z.string(), dts_time: z.string(), duration_time: z.string() }).partial();
const packetList = z.object({ packets: z.array(packet) });

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
  context: TaskContext,
): Promise<{ end: SourceEnd | null; complaints: number }> {
  const { stdout, findings } = await runToEnd(
    "ffprobe",
    args`-v error ${inputGuards} ${reconnect} -select_streams ${streamIndex} ${interval}
      -show_entries packet=pts_time,dts_time,duration_time -print_format json ${context.worker.sourceUrl}`,
    { stallMs, signal: context.signal, maxBytes: maxPacketListBytes },
  );
  const parsed = packetList.safeParse(JSON.parse(stdout.toString("utf8") || "{}"));
  let last: { start: number; duration: number } | null = null;
  for (const { pts_time, dts_time, duration_time } of parsed.success ? parsed.data.packets : []) {
    const start = Number(pts_time ?? dts_time ?? Number.NaN);
    if (Number.isNaN(start) || (last !== null && start <= last.start)) continue;
    last = { start, duration: Number(duration_time ?? 0) };
  }
  const { complaints } = findings;
  if (last === null) return { end: null, complaints };
  const lastFrameSeconds = last.duration > 0 ? last.duration : rate === null ? 0.04 : rate.den / rate.num;
  return { end: { endSeconds: last.start + lastFrameSeconds, lastFrameSeconds }, complaints };
}
