/** Runs FFmpeg or ffprobe under guard: no shell, a bounded log, killed when it stops moving or the task ends. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";
import { TaskFailure } from "./task-failure.ts";

/** How a run ended. */
export interface RunResult {
  exitCode: number | null;
  /** The last lines of stderr. */
  log: string;
  usage: { cpuSeconds: number; peakBytes: number };
}

/** A running tool. `outputs[n]` is its `pipe:${3 + n}`. */
export interface Run {
  stdout: Readable;
  outputs: Readable[];
  result: Promise<RunResult>;
  /** Tells that the tool has moved: it is killed when nothing calls this, and stderr is silent, for `stallMs`. */
  alive: () => void;
}

const logBytes = 8 * 1024;
const clockTicksPerSecond = 100; // USER_HZ on every Linux that Debian supports

/**
 * Starts `command` with `args`, never through a shell.
 * @param options.outputs how many extra pipes to open for outputs; @param options.stallMs see {@link Run}.
 */
export function runTool(
  command: "ffmpeg" | "ffprobe",
  args: string[],
  options: { outputs: number; stallMs: number; signal: AbortSignal },
): Run {
  const pipes = Array.from({ length: options.outputs }, () => "pipe" as const);
  const child = spawn(command, args, {
    stdio: ["ignore", "pipe", "pipe", ...pipes],
    signal: options.signal,
    killSignal: "SIGKILL",
  });
  let log = "";
  let stalled = false;
  let timer: NodeJS.Timeout | undefined;
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      stalled = true;
      child.kill("SIGKILL");
    }, options.stallMs);
  };
  alive();
  const usage = watchUsage(child);
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-logBytes);
    alive();
  });
  const result = new Promise<RunResult>((resolve, reject) => {
    child.once("error", (error) => {
      clearTimeout(timer);
      usage.stop();
      const missing = "code" in error && error.code === "ENOENT";
      reject(
        missing
          ? new TaskFailure("transcoder_broken", `${command} is not installed.`, { retryable: true })
          : error,
      );
    });
    child.once("close", (exitCode) => {
      clearTimeout(timer);
      const measured = usage.stop();
      if (stalled) {
        reject(
          new TaskFailure("encoder_stalled", "Work on this film stopped moving and was ended.", {
            retryable: true,
            log,
          }),
        );
      } else resolve({ exitCode, log, usage: measured });
    });
  });
  result.catch(() => undefined); // whoever awaits it later still sees the rejection
  const [, stdout, , ...outputs] = child.stdio as Readable[];
  if (stdout === undefined) throw new Error("no stdout");
  return { stdout, outputs, result, alive };
}

/** Runs a tool to its end and returns what it wrote to stdout. */
export async function runToEnd(
  command: "ffmpeg" | "ffprobe",
  args: string[],
  options: { stallMs: number; signal: AbortSignal; maxBytes: number },
): Promise<RunResult & { stdout: Buffer }> {
  const run = runTool(command, args, { outputs: 0, ...options });
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of run.stdout as AsyncIterable<Buffer>) {
    run.alive();
    bytes += chunk.byteLength;
    if (bytes > options.maxBytes)
      throw new TaskFailure("too_large", "This file's index is larger than Marquee can read.");
    chunks.push(chunk);
  }
  return { ...(await run.result), stdout: Buffer.concat(chunks) };
}

/** Samples a process's CPU time and peak memory (Linux; zero elsewhere). */
function watchUsage(child: ChildProcess): { stop: () => { cpuSeconds: number; peakBytes: number } } {
  const seen = { cpuSeconds: 0, peakBytes: 0 };
  const sample = (): void => {
    try {
      const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      seen.cpuSeconds = (Number(fields[11]) + Number(fields[12])) / clockTicksPerSecond;
      const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"));
      seen.peakBytes = Math.max(seen.peakBytes, Number(peak?.[1] ?? 0) * 1024);
    } catch {
      // no /proc here, or the process has just ended
    }
  };
  const timer = setInterval(sample, 250);
  return {
    stop: () => {
      clearInterval(timer);
      return seen;
    },
  };
}
