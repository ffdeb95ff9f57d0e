/** Encodes a whole audio track from its slices and stores it in segments that end where the video's end. */

import { writeFile } from "node:fs/promises";
import path from "node:path";
import { audioCodecs, sampleRate } from "../../../protocol/codecs.ts";
import { initFile, segmentFile } from "../../../protocol/media-files.ts";
import { encodedBytes } from "../../../protocol/planned-output.ts";
import type { LoudnessReport, RenditionReport, SegmentReport } from "../../../protocol/report.ts";
import type { AudioTask } from "../../../protocol/task.ts";
import { args } from "../ffmpeg/args.ts";
import { limitBytes } from "../ffmpeg/limit-bytes.ts";
import { runTool } from "../ffmpeg/run-ffmpeg.ts";
import { describeInit } from "../isobmff/codec-string.ts";
import { parseFragment } from "../isobmff/fragment.ts";
import { splitFragments } from "../isobmff/split-fragments.ts";
import { withoutPreSkip } from "../isobmff/without-pre-skip.ts";
import { type Sample, writeFragment } from "../isobmff/write-fragment.ts";
import type { TaskContext, TaskResult } from "../task/task.ts";
import { TaskFailure } from "../task/task-failure.ts";
import { inTemporaryFolder } from "../task/temporary-folder.ts";
import { audioBoundaries } from "./audio-boundaries.ts";
import { decideGain, gainFilter } from "./decide-gain.ts";
import { measureLoudness } from "./measure-loudness.ts";

const stallMs = 120_000;

/** The share of a task's time that measuring its loudness takes. */
const measuringShare = 0.2;

/** @throws TaskFailure `bad_encoder_output` when the encoded track is not as long as planned. */
export async function encodeAudio(task: AudioTask, context: TaskContext): Promise<TaskResult> {
  return await inTemporaryFolder((folder) => encodeIn(folder, task, context));
}

async function encodeIn(folder: string, task: AudioTask, context: TaskContext): Promise<TaskResult> {
  const broken = new AbortController();
  try {
    const list = path.join(folder, "slices.txt");
    // Slice keys are made by the planner from [a-z0-9-/.] alone, so they need no quoting.
    await writeFile(list, task.slices.map((key) => `file '${context.worker.sliceUrl(key)}'\n`).join(""));
    const input = args`-protocol_whitelist file,http,tcp -format_whitelist concat,flac -f concat -safe 0 -i ${list}`;
    const loudness = await levelLoudness(task, input, context);
    const run = runTool("ffmpeg", audioArguments(task, input, loudness.filter), {
      outputs: 1,
      stallMs,
      env: context.worker.toolEnv,
      signal: AbortSignal.any([context.signal, broken.signal]),
    });
    const output = run.outputs[0];
    if (output === undefined) throw new Error("no output pipe");
    run.stdout.resume();
    let rendition: RenditionReport | null;
    try {
      const limited = limitBytes(output, encodedBytes(task.bitrateKbps, task.samples / sampleRate));
      rendition = await storeAudio(task, context, limited, run.alive);
    } catch (error) {
      context.signal.throwIfAborted();
      broken.abort();
      if (error instanceof TaskFailure) throw error;
      throw badOutput(String(error));
    }
    const { exitCode, log, usage } = await run.result;
    const samples = rendition?.segments.reduce((sum, segment) => sum + segment.duration, 0);
    if (rendition === null || exitCode !== 0 || samples !== task.samples) {
      throw badOutput(`exit code ${exitCode}; ${samples} of ${task.samples} samples\n${log}`);
    }
    usage.cpuSeconds += loudness.cpuSeconds;
    return { renditions: [{ ...rendition, loudness: loudness.report }], slices: [], images: [], usage };
  } finally {
    broken.abort();
  }
}

/** Measures the track and decides on its gain. `filter` null: the track stays as it is. */
async function levelLoudness(
  task: AudioTask,
  input: string[],
  context: TaskContext,
): Promise<{ report: LoudnessReport; filter: string | null; cpuSeconds: number }> {
  const { targetLufs, ceilingDbtp } = task.loudness;
  const { usage, ...measured } = await measureLoudness(input, context, (samples) =>
    context.onProgress(Math.min(1, samples / task.samples) * measuringShare),
  );
  const gain = decideGain(measured, task.loudness);
  const filter = gainFilter(gain, ceilingDbtp, task.samples);
  return { report: { ...measured, targetLufs, ...gain }, filter, cpuSeconds: usage.cpuSeconds };
}

function audioArguments(task: AudioTask, input: string[], gain: string | null): string[] {
  const { encoderArguments, muxerFlags } = audioCodecs[task.codec];
  const priming = cutPriming(audioCodecs[task.codec]);
  const filters = [gain, priming.filter].filter((filter) => filter !== null);
  return args`-hide_banner -nostdin -v warning ${input} ${filters.length === 0 ? [] : args`-af ${filters.join(",")}`}
    -map 0:a:0 ${[...encoderArguments]} -b:a ${task.bitrateKbps}k -ac ${task.channels} -bsf:a ${priming.packets}
    -map_metadata -1 -fflags +bitexact -flags:a +bitexact
    -movflags ${muxerFlags} -frag_duration 2000000 -f mp4 pipe:3`;
}

/**
 * An encoder's first samples are its own delay. Silence (`filter`) makes them whole frames, and these are dropped (`packets`), so
 * that the first frame that is kept begins at the film's first sample, without an edit list.
 */
function cutPriming(codec: { frameSamples: number; primingSamples: number }): {
  filter: string | null;
  packets: string;
} {
  const frames = Math.ceil(codec.primingSamples / codec.frameSamples);
  const silence = frames * codec.frameSamples - codec.primingSamples;
  const drop = `noise=drop=lt(n\\,${frames})`;
  if (silence === 0) return { filter: null, packets: drop };
  return {
    filter: `adelay=delays=${silence}S:all=1`,
    packets: `${drop},setts=pts=PTS-${silence}:dts=DTS-${silence}`,
  };
}

async function storeAudio(
  task: AudioTask,
  context: TaskContext,
  stream: AsyncIterable<Uint8Array>,
  alive: () => void,
): Promise<RenditionReport | null> {
  const boundaries = audioBoundaries(
    task.samples,
    task.segmentFrames,
    task.frameRate,
    audioCodecs[task.codec].frameSamples,
  );
  const segments: SegmentReport[] = [];
  let init: (Omit<RenditionReport, "key" | "segments"> & object) | null = null;
  let pending: Sample[] = [];
  let start = 0;
  let end = 0;

  const close = async (): Promise<void> => {
    const bytes = writeFragment(pending, start, segments.length + 1);
    const stored = await context.worker.putMedia(
      task.key,
      segmentFile(segments.length),
      "video/iso.segment",
      bytes,
    );
    segments.push({ ...stored, start, duration: end - start, frames: pending.length, iframes: [] });
    pending = [];
    start = end;
    alive();
    context.onProgress(Math.min(1, measuringShare + (1 - measuringShare) * (end / task.samples)));
  };

  for await (const piece of splitFragments(stream)) {
    if (piece.kind === "init") {
      const bytes = withoutPreSkip(piece.bytes);
      const stored = await context.worker.putMedia(task.key, initFile, "audio/mp4", bytes);
      init = { init: stored, ...describeInit(bytes) };
      continue;
    }
    const fragment = parseFragment(piece.bytes);
    if (fragment.decodeTime !== end) throw badOutput(`fragment at ${fragment.decodeTime}, expected ${end}`);
    let offset = fragment.dataOffset;
    for (const [n, size] of fragment.sampleSizes.entries()) {
      const duration = fragment.sampleDurations[n] ?? 0;
      pending.push({ bytes: fragment.bytes.subarray(offset, offset + size), duration });
      offset += size;
      end += duration;
      if (end === boundaries[segments.length]) await close();
    }
  }
  if (pending.length > 0) await close();
  return init === null ? null : { key: task.key, ...init, segments };
}

function badOutput(log: string): TaskFailure {
  return new TaskFailure("bad_encoder_output", "The audio encoder's output is not as long as planned.", {
    retryable: true,
    log,
  });
}
