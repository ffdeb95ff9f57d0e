/** Runs FFmpeg or ffprobe under guard: no shell, a bounded log, killed when it stops moving or the task ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setPriority } from "node:os";
import type { Readable } from "node:stream";
import { maxToolDataBytes, maxToolMemoryBytes, maxToolRunMs } from "../task/limits.ts";
import { tooMuchOutput } from "../task/source-errors.ts";
import { TaskFailure } from "../task/task-failure.ts";
import { underLimits } from "../task/under-limits.ts";
import { tooMuchMemory } from "./explain-log.ts";
import { type ProcessSample, Stillness } from "./stillness.ts";
import { type LogFindings, watchLog } from "./watch-log.ts";

/** The end of a run. */
export interface RunResult {
  exitCode: number | null;
  /** The last lines of stderr. */
  log: string;
  findings: LogFindings;
  usage: { cpuSeconds: number; peakBytes: number };
}

/** A running tool. `outputs[n]` is its `pipe:${3 + n}`. */
export interface Run {
  stdout: Readable;
  outputs: Readable[];
  result: Promise<RunResult>;
  /** Notes that the tool has moved: it is killed when nothing calls this, and stderr is silent, for `stallMs`. */
  alive: () => void;
  /** Ends the tool at once; `result` is then that of a killed process. */
  stop: () => void;
}

const clockTicksPerSecond = 100; // USER_HZ on every Linux that Debian supports
const sampleMs = 100;

/** An encode has ten threads for each of a light task's: this way the light task still gets its turn. */
const patientNiceness = 15;

/** A tool that has no files to write may write none of any size, bytes. */
const noFileBytes = 4096;

/** The surroundings and limits of a tool's run. */
export interface RunOptions {
  /** Extra pipes to open for outputs. */
  outputs: number;
  /** See {@link Run.alive}. */
  stallMs: number;
  signal: AbortSignal;
  /** How long it may take in all, milliseconds. */
  maxRunMs?: number;
  /** It leaves the processors to others. */
  patient?: boolean;
  /** Variables that it gets besides: the way to its source, see source-relay.ts. */
  env?: Record<string, string>;
  /** Size of the largest file that it may write, bytes. Pipes are no files. */
  fileBytes?: number;
}

/** Starts `command` with `args`, never through a shell. */
export function runTool(command: "ffmpeg" | "ffprobe", args: string[], options: RunOptions): Run {
  const pipes = Array.from({ length: options.outputs }, () => "pipe" as const);
  const limits = { dataBytes: maxToolDataBytes, fileBytes: options.fileBytes ?? noFileBytes };
  const [file = command, ...rest] = [...underLimits(limits), command, ...args];
  const child = spawn(file, rest, {
    stdio: ["ignore", "pipe", "pipe", ...pipes],
    signal: options.signal,
    killSignal: "SIGKILL",
    env: { ...process.env, ...options.env },
  });
  if (options.patient === true && child.pid !== undefined) stepBack(child.pid);
  const words = watchLog();
  let ended = false;
  let reason: ((log: string) => TaskFailure) | null = null;
  const end = (why: (log: string) => TaskFailure): void => {
    reason ??= why;
    child.kill("SIGKILL");
  };
  let timer: NodeJS.Timeout | undefined;
  const stillness = new Stillness(() => performance.now());
  const alive = (): void => {
    stillness.moved();
    clearTimeout(timer);
    if (!ended) timer = setTimeout(() => end(stalled), options.stallMs);
  };
  alive();
  const longest = setTimeout(() => end(tooSlow), options.maxRunMs ?? maxToolRunMs);
  const usage = watchUsage(child, {
    onTooMuch: () => end(tooMuchMemory),
    onSample: (sample) => {
      if (stillness.isStill(sample, isHeldUp(child))) end(stalled);
    },
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    words.feed(text);
    alive();
  });
  const result = new Promise<RunResult>((resolve, reject) => {
    const settle = (): RunResult["usage"] => {
      ended = true;
      clearTimeout(timer);
      clearTimeout(longest);
      return usage.stop();
    };
    const missing = (): TaskFailure =>
      new TaskFailure("transcoder_broken", `${command} is not installed.`, { retryable: true });
    child.once("error", (error) => {
      settle();
      reject("code" in error && error.code === "ENOENT" ? missing() : error);
    });
    child.once("close", (exitCode, killedBy) => {
      const measured = settle();
      const log = words.log();
      if (killedBy === "SIGXFSZ") reason ??= tooMuchOutput;
      if (reason !== null) reject(reason(log));
      else if (exitCode === 127 && /failed to execute/.test(log)) reject(missing());
      else resolve({ exitCode, log, findings: words.findings, usage: measured });
    });
  });
  result.catch(() => undefined); // a later await still sees the rejection
  const [, stdout, , ...outputs] = child.stdio as Readable[];
  if (stdout === undefined) throw new Error("no stdout");
  return { stdout, outputs, result, alive, stop: () => void child.kill("SIGKILL") };
}

function stepBack(pid: number): void {
  try {
    setPriority(pid, patientNiceness);
  } catch {
    // It has ended already, as its result shows.
  }
}

/** Runs a tool to its end and returns what it wrote to stdout. @throws TaskFailure `too_large` beyond `maxBytes` of it. */
export async function runToEnd(
  command: "ffmpeg" | "ffprobe",
  args: string[],
  options: Omit<RunOptions, "outputs"> & { maxBytes: number },
): Promise<RunResult & { stdout: Buffer }> {
  const run = runTool(command, args, { outputs: 0, ...options });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of run.stdout as AsyncIterable<Buffer>) {
    run.alive();
    bytes += chunk.byteLength;
    if (bytes > options.maxBytes) {
      run.stop();
      throw new TaskFailure(
        "too_large",
        "This file's index is larger than Marquee can read. Upload the film in parts, or with fewer tracks.",
      );
    }
    chunks.push(chunk);
  }
  return { ...(await run.result), stdout: Buffer.concat(chunks) };
}

function stalled(log: string): TaskFailure {
  const detail = "Work on this film stopped moving and was ended. Retry it; if that fails, export it again.";
  return new TaskFailure("encoder_stalled", detail, { retryable: true, log });
}

function tooSlow(log: string): TaskFailure {
  const minutes = Math.round(maxToolRunMs / 60_000);
  const detail = `One piece of this film takes longer than ${minutes} min to read. Retry it, or export it smaller.`;
  return new TaskFailure("encoder_timeout", detail, { retryable: true, log });
}

/** Is true while one of its pipes is full because we don't read on. */
function isHeldUp({ stdio }: ChildProcess): boolean {
  return stdio.some(
    (stream) =>
      stream != null && "readableLength" in stream && stream.readableLength >= stream.readableHighWaterMark,
  );
}

/**
 * Samples a process's state, CPU time and peak memory (Linux; zero and never elsewhere).
 * @param on.onTooMuch called above the memory limit; @param on.onSample called with each sample
 */
function watchUsage(
  child: ChildProcess,
  on: { onTooMuch: () => void; onSample: (sample: ProcessSample) => void },
): { stop: () => RunResult["usage"] } {
  const seen = { cpuSeconds: 0, peakBytes: 0 };
  const sample = (): void => {
    try {
      const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      seen.cpuSeconds = (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond;
      on.onSample({ state: fields[0] ?? "", cpuSeconds: seen.cpuSeconds });
      const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"));
      seen.peakBytes = Math.max(seen.peakBytes, Number(peak?.[1] ?? 0) * 1024);
    } catch {
      // no /proc here, or the process has just ended
    }
    if (seen.peakBytes > maxToolMemoryBytes) on.onTooMuch();
  };
  const timer = setInterval(sample, sampleMs);
  return {
    stop: () => {
      clearInterval(timer);
      return seen;
    },
  };
}
