/**
 * Runs each task in a process of its own. All that reads a producer's bytes outside FFmpeg (subtitles, boxes, tables, logs) is in
 * there, and so are the FFmpegs that it starts: whatever a film does to its task, the server goes on answering, and so do the
 * tasks of other films. A task that is silent, takes too long, wants too much memory or writes too large a file is killed with
 * all that it has started, and its folder is removed.
 */
import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import type { Readable } from "node:stream";
import type { TaskEvent } from "../../../protocol/report.ts";
import type { TaskRequest } from "../../../protocol/task.ts";
import { underLimits } from "../task/under-limits.ts";
import { heapBytes, maxAnswerCharacters, maxSilenceMs, maxTaskRunMs, processLimits } from "./limits.ts";
import { codeFolder, makeScratch, removeScratch } from "./scratch-folder.ts";

const program = path.join(import.meta.dirname, "../task-process.ts");

/** Pause between two looks at a process's silence, milliseconds. */
const lookMs = 500;

/** The end of a process that gave no answer. */
type Cause = "gone" | "silent" | "too long" | "too much" | "died";

/**
 * Runs the task.
 * @param signal aborts when nobody waits for the task any more.
 * @param write takes the task's lines as they come: JSON, each with its line break.
 * @returns the event to answer with when the task could not end by itself; null when its last line is its own answer.
 */
export async function runApart(
  request: TaskRequest,
  signal: AbortSignal,
  write: (lines: string) => void,
): Promise<TaskEvent | null> {
  const folder = await makeScratch();
  try {
    const child = startProcess({ TMPDIR: folder, NODE_COMPILE_CACHE: await codeFolder() });
    const cause = await followProcess(child, request, signal, write);
    return cause === null || cause === "gone" ? null : failureOf(cause);
  } finally {
    await removeScratch(folder);
  }
}

function startProcess(folders: Record<string, string>): ChildProcess {
  const { TRANSCODER_KEY: _, ...env } = process.env; // the server's own, and no business of a task
  const heapMegabytes = Math.floor(heapBytes / 2 ** 20);
  const command = [
    ...underLimits(processLimits),
    ...[process.execPath, "--no-warnings", `--max-old-space-size=${heapMegabytes}`, program],
  ];
  const [file = process.execPath, ...args] = command;
  return spawn(file, args, {
    // A group of its own, to be killed as a whole. It ends by itself when its standard input does: then we are dead.
    detached: true,
    stdio: ["pipe", "inherit", "inherit", "pipe"],
    env: { ...env, ...folders },
  });
}

/** Passes the process's lines on until it ends. @returns null when it ended as it should. */
async function followProcess(
  child: ChildProcess,
  request: TaskRequest,
  signal: AbortSignal,
  write: (lines: string) => void,
): Promise<Cause | null> {
  let cause: Cause | null = null;
  const end = (why: Cause): void => {
    cause ??= why;
    killGroup(child);
  };
  const onAbort = (): void => end("gone");
  signal.addEventListener("abort", onAbort);
  if (signal.aborted) onAbort();
  const longest = setTimeout(() => end("too long"), maxTaskRunMs);
  // Counted in looks of ours, not by the clock: after a pause of the whole machine the process gets its chance to speak.
  let silentLooks = 0;
  const silence = setInterval(() => {
    if (++silentLooks * lookMs > maxSilenceMs) end("silent");
  }, lookMs);
  let characters = 0;
  let pending = "";
  const answer = child.stdio[3] as Readable;
  answer.setEncoding("utf8").on("data", (text: string) => {
    silentLooks = 0;
    characters += text.length;
    if (characters > maxAnswerCharacters) end("too much");
    if (cause !== null) return;
    const whole = text.lastIndexOf("\n") + 1;
    if (whole > 0) write(pending + text.slice(0, whole));
    pending = whole > 0 ? text.slice(whole) : pending + text;
  });
  child.stdin?.on("error", () => undefined); // it died before it read: its end says so
  child.stdin?.write(`${JSON.stringify(request)}\n`);
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    return cause ?? (exitCode === 0 ? null : "died");
  } finally {
    clearTimeout(longest);
    clearInterval(silence);
    signal.removeEventListener("abort", onAbort);
    killGroup(child); // whatever it has left behind
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // The group has ended already.
  }
}

const details: Record<Exclude<Cause, "gone">, [code: string, detail: string]> = {
  silent: [
    "task_stuck",
    "Reading this film takes so long that it was ended. Export it again and upload the new file.",
  ],
  "too long": [
    "task_stuck",
    "One piece of this film takes too long to make. Retry it, or export it smaller.",
  ],
  "too much": [
    "too_much_output",
    "This film has far more parts than any other. Export it again, or in parts.",
  ],
  died: [
    "task_died",
    "Work on this film ended in its middle. Retry it; if that fails, export it again with fewer tracks.",
  ],
};

function failureOf(cause: Exclude<Cause, "gone">): TaskEvent {
  const [code, detail] = details[cause];
  return { type: "failed", failure: { code, detail, retryable: true, log: `the task's process: ${cause}` } };
}
