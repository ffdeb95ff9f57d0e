/** One look at a source: its structure, its streams, and when its last frame ends. */
import type { z } from "zod";
import { checkStructure } from "./check-structure.ts";
import { describeText } from "./describe-text.ts";
import type { TaskContext, TaskResult } from "./encode-video.ts";
import { type ProbeStream, parseRational, probeOutput, rotationOf } from "./probe-output.ts";
import type { Inspection } from "./protocol.ts";
import { readEnd } from "./read-end.ts";
import { runToEnd } from "./run-ffmpeg.ts";
import { type Container, sniffContainer } from "./sniff-container.ts";
import { inputGuards, maxPixels, reconnect } from "./source-arguments.ts";
import { TaskFailure } from "./task-failure.ts";

const stallMs = 60_000;
const maxProbeBytes = 32 * 1024 * 1024;

/** Limits of a source. */
const maxStreams = 64;
const maxDurationSeconds = 12 * 3600;
const maxFrameRate = 1000;

const unsupported = (log = ""): TaskFailure =>
  new TaskFailure(
    "unsupported_container",
    "This file is not a video that Marquee can read. Upload MP4, MOV, MKV, WebM, AVI, FLV, MPEG-TS or MPEG-PS.",
    { log },
  );

/**
 * Inspects the source.
 * @throws TaskFailure `unsupported_container`, `truncated`, `encrypted`, `no_video`, `too_large`, `too_long`,
 * `too_many_streams`, `damaged`.
 */
export async function inspect(bytes: number, context: TaskContext): Promise<TaskResult> {
  const head = await context.api.readSource(0, Math.min(bytes, 2048));
  const container = sniffContainer(head);
  if (container === null) throw unsupported();
  await checkStructure(container, bytes, (start, end) => context.api.readSource(start, Math.min(end, bytes)));

  const { exitCode, stdout, log, usage } = await runToEnd(
    "ffprobe",
    [
      ...["-v", "error", "-probesize", "32M", "-analyzeduration", "20M", ...inputGuards, ...reconnect],
      ...["-print_format", "json", "-show_format", "-show_streams", context.api.sourceUrl],
    ],
    { stallMs, signal: context.signal, maxBytes: maxProbeBytes },
  );
  if (exitCode !== 0) throw probeFailure(container, log);
  const probe = parseProbe(stdout.toString("utf8"), log);
  if (probe.streams.length > maxStreams) {
    throw new TaskFailure(
      "too_many_streams",
      `This file has ${probe.streams.length} tracks; at most ${maxStreams} are read.`,
    );
  }
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
  if (!video.codec_name || video.codec_name === "none") {
    throw new TaskFailure(
      "unsupported_codec",
      "The video track's codec is not one that Marquee can decode.",
      { log },
    );
  }
  const width = video.width ?? 0;
  const height = video.height ?? 0;
  if (width < 2 || height < 2)
    throw new TaskFailure("damaged", "The video track has no picture size.", { log });
  if (width * height > maxPixels) {
    throw new TaskFailure(
      "too_large",
      `The picture is ${width} × ${height}; at most ${maxPixels} pixels are read.`,
    );
  }
  const startSeconds = Number(video.start_time ?? probe.format.start_time ?? 0);
  const statedSeconds = Number(video.duration ?? probe.format.duration ?? 0);
  const statedRate = parseRational(video.r_frame_rate);
  const averageRate = parseRational(video.avg_frame_rate);
  const end = await readEnd(video.index, startSeconds + statedSeconds, averageRate ?? statedRate, context);
  const durationSeconds = end.endSeconds - startSeconds;
  if (!(durationSeconds > 0))
    throw new TaskFailure("damaged", "The video track has no frames that can be read.", { log });
  if (durationSeconds > maxDurationSeconds) {
    throw new TaskFailure("too_long", `The film is longer than ${maxDurationSeconds / 3600} hours.`);
  }
  const inspection: Inspection = {
    container,
    bytes,
    startSeconds: Number(probe.format.start_time ?? 0),
    durationSeconds,
    video: {
      index: video.index,
      codec: video.codec_name,
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
    audio: probe.streams.filter(isDecodableAudio).map((stream) => ({
      index: stream.index,
      codec: stream.codec_name ?? "unknown",
      channels: stream.channels ?? 2,
      sampleRate: Number(stream.sample_rate ?? 48_000),
      language: stream.tags?.language ?? null,
      title: stream.tags?.title ?? null,
      isDefault: Boolean(stream.disposition?.default),
    })),
    complexity: null,
    text: describeText(probe.streams),
    otherStreams: probe.streams
      .filter((stream) => stream.index !== video.index && !isDecodableAudio(stream))
      .map((stream) => ({
        index: stream.index,
        type: stream.codec_type ?? "unknown",
        codec: stream.codec_name ?? null,
      })),
  };
  return { inspection, renditions: [], slices: [], images: [], usage };
}

function isDecodableAudio(stream: ProbeStream): boolean {
  return stream.codec_type === "audio" && (stream.channels ?? 0) > 0 && Number(stream.sample_rate ?? 0) > 0;
}

function plausible(rate: Inspection["video"]["statedRate"]): Inspection["video"]["statedRate"] {
  return rate !== null && rate.num / rate.den <= maxFrameRate ? rate : null;
}

function parseProbe(text: string, log: string): z.infer<typeof probeOutput> {
  try {
    return probeOutput.parse(JSON.parse(text));
  } catch {
    throw unsupported(log);
  }
}

function probeFailure(container: Container, log: string): TaskFailure {
  if (/Connection|HTTP error|Server returned|I\/O error|Input\/output error|timed out/i.test(log)) {
    return new TaskFailure("storage_unreachable", "The source could not be read from storage.", {
      retryable: true,
      log,
    });
  }
  if (/moov atom not found/.test(log)) {
    return new TaskFailure(
      "truncated",
      "This file is cut off: its index is missing. Upload the whole file again.",
      { log },
    );
  }
  if (container === "mov" || container === "matroska") {
    return new TaskFailure("damaged", "This file's index is damaged and can't be read. Export it again.", {
      log,
    });
  }
  return unsupported(log);
}
