/**
 * Cuts a slice again whose sound changed its shape (channels, rate) in mid-stream. FFmpeg builds the filters anew there,
 * and they start counting from the slice's beginning. So the sound is first brought to one shape, with its timestamps,
 * and then cut from that.
 */
import { readFile, rm } from "node:fs/promises";
import { sampleRate } from "../../../protocol/codecs.ts";
import type { AudioSlicesTask } from "../../../protocol/task.ts";
import { args } from "../ffmpeg/args.ts";
import { inputGuards, reconnect, seekTo } from "../ffmpeg/input-options.ts";
import { runToEnd } from "../ffmpeg/run-ffmpeg.ts";
import type { TaskContext } from "../task/task.ts";
import { TaskFailure } from "../task/task-failure.ts";
import { flacOutput, type Slice, sliceChain } from "./slice-arguments.ts";

const stallMs = 120_000;

/** Most bytes of the sound in one shape, uncompressed: a chunk of 48 s in 5.1 has 28 MB, and the seek may begin well before it. */
const maxEvenBytes = 1_000_000_000;

/** Seconds of sound read beyond the slice's end, so that its last samples have passed the resampler. */
const overlapSeconds = 1;

/** The samples that a FLAC file states (RFC 9639 §8.2: 36 bits of its STREAMINFO); 0 for any other file. */
function flacSamples(flac: Buffer): number {
  if (flac.byteLength < 26 || flac.toString("latin1", 0, 4) !== "fLaC") return 0;
  return (flac.readUInt8(21) & 0x0f) * 2 ** 32 + flac.readUInt32BE(22);
}

/** The failure of a piece whose sound comes out shorter than planned. */
export function brokenSound(log: string): TaskFailure {
  return new TaskFailure("short_source", "The film's sound breaks before its stated end.", {
    retryable: true,
    log,
  });
}

/**
 * The slice's bytes, whole: as `file` holds them when that has the right length, else cut again.
 * @throws TaskFailure `short_source` when it comes out wrong again.
 */
export async function repairSlice(
  task: AudioSlicesTask,
  slice: Slice,
  file: string,
  { worker, signal }: Pick<TaskContext, "worker" | "signal">,
): Promise<Buffer> {
  const samples = slice.endSample - slice.firstSample;
  const cut = await readFile(file);
  if (flacSamples(cut) === samples) return cut;
  const even = `${file}.nut`;
  const end = task.grid.originSeconds + slice.endSample / sampleRate + overlapSeconds;
  const options = { stallMs, signal, maxBytes: 1, env: worker.toolEnv, fileBytes: maxEvenBytes };
  const quiet = args`-hide_banner -nostdin -v warning -y -copyts`;
  await runToEnd(
    "ffmpeg",
    args`${quiet} ${seekTo(task)} ${inputGuards} ${reconnect} -i ${worker.sourceUrl}
      -map 0:${slice.streamIndex} -af atrim=end=${end.toFixed(6)}
      -c:a pcm_s16le -ar ${sampleRate} -ac ${slice.channels} -f nut ${even}`,
    options,
  );
  const chain = sliceChain({ ...slice, streamIndex: 0 }, task.grid, 0);
  const { log } = await runToEnd(
    "ffmpeg",
    args`${quiet} -i ${even} -filter_complex ${chain} ${flacOutput(file, 0)}`,
    options,
  );
  await rm(even, { force: true });
  const again = await readFile(file);
  if (flacSamples(again) === samples) return again;
  throw brokenSound(`${slice.key}: ${flacSamples(again)} of ${samples} samples\n${log}`);
}
