import { sampleRate } from "../../../protocol/codecs.ts";
import { args } from "../ffmpeg/args.ts";
import { type RunResult, runTool } from "../ffmpeg/run-ffmpeg.ts";
import type { TaskContext } from "../task/task.ts";
import { TaskFailure } from "../task/task-failure.ts";
import type { MeasuredLoudness } from "./decide-gain.ts";

const stallMs = 120_000;

/** The absolute threshold of BS.1770: a track whose every block is below it has no loudness. */
const silenceLufs = -70;

/**
 * Measures the sound of `input` (FFmpeg's arguments) with FFmpeg's EBU R 128 scanner: integrated loudness and true peak.
 * @param onSamples is called with the samples that are done, at 48 kHz.
 * @throws TaskFailure `bad_encoder_output` when it can't be measured.
 */
export async function measureLoudness(
  input: string[],
  { worker, signal }: Pick<TaskContext, "worker" | "signal">,
  onSamples: (samples: number) => void,
): Promise<MeasuredLoudness & { usage: RunResult["usage"] }> {
  const run = runTool(
    "ffmpeg",
    args`-hide_banner -nostdin -v info -nostats -progress pipe:1 ${input}
      -map 0:a:0 -af ebur128=peak=true:framelog=verbose -f null -`,
    { outputs: 0, stallMs, signal, env: worker.toolEnv },
  );
  run.stdout.setEncoding("utf8").on("data", (text: string) => {
    run.alive();
    onSamples((Number(/^out_time_us=(\d+)$/m.exec(text)?.[1] ?? 0) * sampleRate) / 1e6);
  });
  const { exitCode, log, usage } = await run.result;
  signal.throwIfAborted();
  const summary = log.slice(log.lastIndexOf("Summary:"));
  const [, integrated] = /^ +I: +(\S+) LUFS$/m.exec(summary) ?? [];
  const [, peak] = /^ +Peak: +(\S+) dBFS$/m.exec(summary) ?? [];
  if (exitCode !== 0 || integrated === undefined || peak === undefined) {
    throw new TaskFailure("bad_encoder_output", "The sound's loudness could not be measured.", {
      retryable: true,
      log,
    });
  }
  const lufs = Number(integrated);
  return {
    integratedLufs: lufs > silenceLufs ? lufs : null,
    truePeakDbtp: Number.isFinite(Number(peak)) ? Number(peak) : null,
    usage,
  };
}
