/**
 * One Marquee per state folder. `processes.json` in it says who runs there, so that the next start can refuse a second
 * one, and can end what a killed one left behind.
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { z } from "zod";
import { listProcesses, processIdentity } from "./processes.ts";
import { UserError } from "./user-error.ts";

const lockSchema = z.object({ pid: z.number(), identity: z.string(), groups: z.array(z.number()) });

/** Commands of our own children; a process group's number alone might have been given to somebody else. */
const ours = /wrangler|workerd|containers\/transcoder\/server\.ts|ffmpeg|ffprobe|esbuild/;

/** Time for left-over children to notice by themselves that their parent is gone, milliseconds. */
const patienceMs = 5_000;

/** The right to use a state folder. */
export interface StateLock {
  /** Remembers a child's process group, to be ended by the next start if we can't. */
  addGroup(groupId: number): void;
  release(): void;
}

/** Takes the state folder, after ending what a killed Marquee left there. @throws UserError when it is in use. */
export async function lockState(state: string): Promise<StateLock> {
  mkdirSync(state, { recursive: true });
  const file = path.join(state, "processes.json");
  const previous = readLock(file);
  if (
    previous !== null &&
    previous.pid !== process.pid &&
    processIdentity(previous.pid) === previous.identity
  ) {
    throw new UserError(
      `Marquee already runs on ${state} (process ${previous.pid}). Stop it, or set MARQUEE_STATE to another folder.`,
    );
  }
  if (previous !== null) await endGroups(previous.groups);
  const groups = new Set<number>();
  const write = () => {
    const lock = { pid: process.pid, identity: processIdentity(process.pid) ?? "", groups: [...groups] };
    writeFileSync(file, JSON.stringify(lock));
  };
  write();
  return {
    addGroup: (groupId) => {
      groups.add(groupId);
      write();
    },
    release: () => rmSync(file, { force: true }),
  };
}

async function endGroups(groups: number[]): Promise<void> {
  const left = () => listProcesses().filter((it) => groups.includes(it.groupId) && ours.test(it.command));
  const deadline = Date.now() + patienceMs;
  while (left().length > 0 && Date.now() < deadline) await wait(100);
  while (left().length > 0) {
    for (const { pid } of left()) kill(pid);
    await wait(50);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended in between.
  }
}

function readLock(file: string): z.infer<typeof lockSchema> | null {
  if (!existsSync(file)) return null;
  try {
    return lockSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch {
    return null; // Half written when the machine went down: nothing in it can still run.
  }
}
