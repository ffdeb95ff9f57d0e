/** One look at a source: its structure, its streams, and when its last frame ends. */

import type { z } from "zod";
import { sampleRate } from "../../../protocol/codecs.ts";
import { type Inspection, inspection as inspectionSchema, maxTracks } from "../../../protocol/inspection.ts";
import { toNumber } from "../../../protocol/rational.ts";
import { args } from "../ffmpeg/args.ts";
import {
  explainLog,
  tooLargePicture,
  unsupportedCodec,
  unsupportedContainer,
} from "../ffmpeg/explain-log.ts";
import { inputGuards, reconnect } from "../ffmpeg/input-options.ts";
import { type ProbeStream, parseRational, probeOutput, rotationOf } from "../ffmpeg/probe-output.ts";
import { runToEnd } from "../ffmpeg/run-ffmpeg.ts";
import { maxDurationSeconds, maxFrameRate, maxPixels, maxProbeBytes } from "../task/limits.ts";
import { badTimestamps, damaged, encrypted } from "../task/source-errors.ts";
import type { TaskContext, TaskResult } from "../task/task.ts";
import { TaskFailure } from "../task/task-failure.ts";
import { describeText } from "../text/describe-text.ts";
import { checkStructure } from "./check-structure.ts";
import { harmlessSeconds, isStretched } from "./containers/check-timestamps.ts";
import { protectedEntries } from "./containers/mp4.ts";
import { hasDecoder } from "./decoders.ts";
import { readEnd } from "./read-end.ts";
import { readFilmTime } from "./read-film-time.ts";
import { type Container, sniffContainer } from "./sniff-container.ts";

const stallMs = 60_000;

/**
 * Fewer bytes than this for each second, and the packets are looked at one by one: a third of what silence and a still
 * picture take (a 240p rung, 10 kbit/s, and AAC). It also bounds what that look may read: 12 h × this = 65 MB.
 */
const suspiciousBytesPerSecond = 1500;

/** The share of a film's stated length that may be missing after its demuxer has complained. */
const maxMissingShare = 0.05;

/** Containers whose clock may jump back and forth: their mezzanine, whose times are mended, is checked instead. */
const remuxedContainers = new Set<Container>(["mpegts", "mpeg", "avi", "flv", "asf"]);

/**
 * Inspects the source.
 * @throws TaskFailure `unsupported_container`, `unsupported_codec`, `truncated`, `damaged`, `encrypted`, `no_video`,
 * `too_large`, `too_long`, `too_many_streams`, `bad_timestamps`.
 */
export async function inspect(bytes: number, context: TaskContext): Promise<TaskResult> {
  const head = await context.worker.readSource(0, Math.min(bytes, 2048));
  const container = sniffContainer(head);
  if (container === null) throw unsupportedContainer();
  await checkStructure(container, bytes, (start, end) =>
    context.worker.readSource(start, Math.min(end, bytes)),
  );

  const { exitCode, stdout, log, usage } = await runToEnd(
    "ffprobe",
    args`-v error -probesize 32M -analyzeduration 20M ${inputGuards} ${reconnect}
      -print_format json -show_format -show_streams ${context.worker.sourceUrl}`,
    { stallMs, signal: context.signal, maxBytes: maxProbeBytes, env: context.worker.toolEnv },
  );
  if (exitCode !== 0) throw probeFailure(container, log);
  const probe = parseProbe(stdout.toString("utf8"), log);
  if (probe.streams.length > maxTracks) {
    throw new TaskFailure(
      "too_many_streams",
      `This file has ${probe.streams.length} tracks; at most ${maxTracks} are read. Export it with fewer and upload that.`,
    );
  }
  // The structure was looked at before; here FFmpeg's own reading counts, wherever it found the track.
  if (probe.streams.some((stream) => protectedEntries.has(stream.codec_tag_string ?? "")))
    throw encrypted(log);
  const pictures = probe.streams.filter(
    (stream) => stream.codec_type === "video" && !stream.disposition?.attached_pic,
  );
  const video = pictures.find((stream) => stream.disposition?.default) ?? pictures[0];
  if (video === undefined) {
    throw new TaskFailure(
      "no_video",
      "This file has no video track. Upload a file with moving pictures in it.",
    );
  }
  if (!(await hasDecoder(video.codec_name))) throw unsupportedCodec(video.codec_name ?? null, log);
  const width = video.width ?? 0;
  const height = video.height ?? 0;
  if (width * height > maxPixels) throw tooLargePicture(`${width} × ${height}`, log);
  if (width < 2 || height < 2) throw explainLog(log) ?? damaged("its picture has no size", log);
  const startSeconds = Number(video.start_time ?? probe.format.start_time ?? 0);
  const statedSeconds = Number(video.duration ?? probe.format.duration ?? 0);
  const statedRate = parseRational(video.r_frame_rate);
  const averageRate = parseRational(video.avg_frame_rate);
  const { complaints, ...end } = await readEnd(
    video.index,
    startSeconds + statedSeconds,
    averageRate ?? statedRate,
    context,
  );
  const durationSeconds = end.endSeconds - startSeconds;
  if (!(durationSeconds > 0)) throw damaged("its picture has no frames that can be read", log);
  const missingSeconds = statedSeconds - durationSeconds;
  // A header may lie; one whose demuxer stumbles before it gets there does not.
  if (complaints > 0 && missingSeconds > Math.max(1, statedSeconds * maxMissingShare)) {
    throw damaged(
      `it can't be read beyond ${durationSeconds.toFixed(0)} of ${statedSeconds.toFixed(0)} s`,
      log,
    );
  }
  if (!remuxedContainers.has(container)) await checkLength(durationSeconds, bytes, video.index, context);
  const decodable = await Promise.all(probe.streams.map(isDecodableAudio));
  const found: Inspection = {
    container,
    bytes,
    startSeconds: Number(probe.format.start_time ?? 0),
    durationSeconds,
    video: {
      index: video.index,
      codec: video.codec_name ?? "unknown",
      profile: video.profile ?? null,
      pixelFormat: video.pix_fmt ?? null,
      width,
      height,
      rotation: rotationOf(video),
      sampleAspect: parseRational(video.sample_aspect_ratio?.replace(":", "/")) ?? { num: 1, den: 1 },
      interlaced: ["tt", "bb", "tb", "bt"].includes(video.field_order ?? ""),
      transfer: video.color_transfer ?? null,
      statedRate: plausible(statedRate),
      averageRate: plausible(averageRate),
      startSeconds,
      ...end,
    },
    audio: probe.streams
      .filter((_, n) => decodable[n])
      .map((stream) => ({
        index: stream.index,
        codec: stream.codec_name ?? "unknown",
        channels: stream.channels ?? 2,
        sampleRate: Number(stream.sample_rate ?? sampleRate),
        language: stream.tags?.language ?? null,
        title: stream.tags?.title ?? null,
        isDefault: Boolean(stream.disposition?.default),
      })),
    complexity: null,
    text: describeText(probe.streams),
    otherStreams: probe.streams
      .filter((stream, n) => stream.index !== video.index && !decodable[n])
      .map((stream) => ({
        index: stream.index,
        type: stream.codec_type ?? "unknown",
        codec: stream.codec_name ?? null,
      })),
  };
  // Cuts what the file says about itself to lengths that a row of the database holds.
  const inspection = inspectionSchema.parse(found);
  return { inspection, renditions: [], slices: [], images: [], usage };
}

async function checkLength(
  durationSeconds: number,
  bytes: number,
  videoStream: number,
  context: TaskContext,
): Promise<void> {
  if (durationSeconds > harmlessSeconds && bytes < durationSeconds * suspiciousBytesPerSecond) {
    const time = await readFilmTime(videoStream, durationSeconds, context);
    if (isStretched(time)) throw badTimestamps(durationSeconds, time.pictures);
  }
  if (durationSeconds > maxDurationSeconds) {
    throw new TaskFailure(
      "too_long",
      `The film is ${(durationSeconds / 3600).toFixed(1)} hours long; at most ${maxDurationSeconds / 3600} are read. Upload it in parts.`,
    );
  }
}

async function isDecodableAudio(stream: ProbeStream): Promise<boolean> {
  const hasShape = (stream.channels ?? 0) > 0 && Number(stream.sample_rate ?? 0) > 0;
  return stream.codec_type === "audio" && hasShape && (await hasDecoder(stream.codec_name));
}

function plausible(rate: Inspection["video"]["statedRate"]): Inspection["video"]["statedRate"] {
  return rate !== null && toNumber(rate) <= maxFrameRate ? rate : null;
}

function parseProbe(text: string, log: string): z.infer<typeof probeOutput> {
  try {
    return probeOutput.parse(JSON.parse(text));
  } catch {
    throw unsupportedContainer(log);
  }
}

function probeFailure(container: Container, log: string): TaskFailure {
  const explained = explainLog(log);
  if (explained !== null) return explained;
  return container === "mov" || container === "matroska"
    ? damaged("its index can't be read", log)
    : unsupportedContainer(log);
}
