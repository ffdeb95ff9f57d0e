/** Keeps one child process running, in a process group of its own, with its output in a log file for this user alone. */
import { type ChildProcess, spawn } from "node:child_process";
import {
  chmodSync,
  createWriteStream,
  existsSync,
  mkdirSync,
  renameSync,
  statSync,
  type WriteStream,
} from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { redactSecrets } from "../../workers/shared/redact-secrets.ts";
import { signalGroup } from "./processes.ts";
import { projectRoot } from "./project-root.ts";

/** A program to keep running, and the listeners to its events. */
export interface Program {
  name: string;
  /** A JavaScript or TypeScript file, run by this very Node. */
  file: string;
  args: string[];
  env: Record<string, string>;
  logFile: string;
  onStart(groupId: number): void;
  /** A line worth a person's attention. */
  onTrouble(line: string): void;
}

/** A supervised process. */
export interface Service {
  /** Its process, as it is now; null where there is none. */
  pid(): number | null;
  /** Time of its last start, Unix milliseconds. */
  startedAt(): number;
  /** Ends it now, with SIGKILL, as a crash would; it is started again. */
  crash(): void;
  /** Ends it for good: asks first, kills after a while. Its children end with it. */
  stop(): Promise<void>;
  /** Ends it for good with SIGKILL, as a power cut would. */
  kill(): Promise<void>;
}

const graceMs = 10_000;
const firstBackoffMs = 200;
const longestBackoffMs = 5_000;
/** One that has run this long was healthy, so its next crash is again a first one. */
const healthyMs = 30_000;
const largestLogBytes = 20_000_000;
const troubleLine = /\[ERROR\]|✘|uncaught|unexpected error|^\w*Error:/i;

/** Starts `program` and starts it again whenever it ends. */
export function supervise(program: Program): Service {
  const log = openLog(program.logFile);
  let stopping = false;
  let backoffMs = firstBackoffMs;
  let startedAt = Date.now();
  let timer: NodeJS.Timeout | undefined;
  let ended: (() => void) | undefined;
  let child: ChildProcess = start();

  function start(): ChildProcess {
    startedAt = Date.now();
    const next = spawn(
      process.execPath,
      [
        "--no-warnings",
        "--import",
        path.join(import.meta.dirname, "exit-with-parent.ts"),
        program.file,
        ...program.args,
      ],
      {
        cwd: projectRoot,
        detached: true, // a process group of its own: Ctrl-C reaches only us, and we end the group as a whole
        stdio: ["ignore", "pipe", "pipe", "ipc"],
        env: { ...process.env, ...program.env },
      },
    );
    for (const stream of [next.stdout, next.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (text) => {
        // The Worker's log names each address that is asked for, and those of films open them.
        const line = redactSecrets(text);
        log.write(`${line}\n`);
        if (!stopping && troubleLine.test(line)) program.onTrouble(`${program.name}: ${line.trim()}`);
      });
    }
    const group = next.pid;
    if (group !== undefined) program.onStart(group);
    next.on("error", (error) => program.onTrouble(`${program.name} could not be started: ${error.message}`));
    next.on("exit", (code, signal) => {
      if (group !== undefined) signalGroup(group, "SIGKILL"); // whatever it has left behind
      if (stopping) {
        ended?.();
        return;
      }
      if (Date.now() - startedAt > healthyMs) backoffMs = firstBackoffMs;
      program.onTrouble(
        `${program.name} ended (${signal ?? `exit ${code}`}); starting it again. Log: ${program.logFile}`,
      );
      timer = setTimeout(() => {
        child = start();
      }, backoffMs);
      backoffMs = Math.min(backoffMs * 2, longestBackoffMs);
    });
    return next;
  }

  async function end(signal: NodeJS.Signals): Promise<void> {
    stopping = true;
    clearTimeout(timer);
    const { pid } = child;
    if (pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const done = new Promise<void>((resolve) => {
        ended = resolve;
      });
      if (signal === "SIGKILL") signalGroup(pid, signal);
      else child.kill(signal);
      const killer = setTimeout(() => signalGroup(pid, "SIGKILL"), graceMs);
      await done;
      clearTimeout(killer);
    }
    log.end();
  }

  return {
    pid: () => child.pid ?? null,
    startedAt: () => startedAt,
    crash: () => {
      if (child.pid !== undefined) signalGroup(child.pid, "SIGKILL");
    },
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
  };
}

/** Opens a log to be written on. It names who watches what, so no other user of this machine may read it. */
function openLog(file: string): WriteStream {
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  if (existsSync(file) && statSync(file).size > largestLogBytes) renameSync(file, `${file}.1`);
  for (const earlier of [file, `${file}.1`]) if (existsSync(earlier)) chmodSync(earlier, 0o600);
  return createWriteStream(file, { flags: "a", mode: 0o600 });
}
