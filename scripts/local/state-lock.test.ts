import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listProcesses, processIdentity, signalGroup } from "./processes.ts";
import { lockState } from "./state-lock.ts";

let state: string;
let lockFile: string;
const groups: number[] = [];

beforeEach(() => {
  state = mkdtempSync(path.join(tmpdir(), "marquee-state-"));
  lockFile = path.join(state, "processes.json");
});

afterEach(() => {
  for (const group of groups.splice(0)) signalGroup(group, "SIGKILL");
  rmSync(state, { recursive: true, force: true });
});

/** A process in a group of its own, whose command line holds `words`. @returns its group. */
async function startGroup(words: string): Promise<number> {
  const child = spawn(process.execPath, ["-e", `console.log(1); setInterval(() => {}, 1000) // ${words}`], {
    detached: true,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const group = child.pid ?? 0;
  groups.push(group);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  return group;
}

const membersOf = (group: number) => listProcesses().filter((it) => it.groupId === group);

test("a state folder that a living process uses is refused", async () => {
  const identity = processIdentity(process.ppid);
  writeFileSync(lockFile, JSON.stringify({ pid: process.ppid, identity, groups: [] }));
  await expect(lockState(state)).rejects.toThrow("MARQUEE_STATE");
});

test("what a killed Marquee left is ended, and nothing else", async () => {
  const ours = await startGroup("workerd serve");
  const foreign = await startGroup("somebody else's work");
  // The number of a living process, but of another one than wrote this.
  const left = { pid: process.ppid, identity: "an earlier life", groups: [ours, foreign] };
  writeFileSync(lockFile, JSON.stringify(left));
  const lock = await lockState(state);
  expect(membersOf(ours)).toEqual([]);
  expect(membersOf(foreign)).toHaveLength(1);
  lock.addGroup(foreign);
  expect(JSON.parse(readFileSync(lockFile, "utf8"))).toMatchObject({ pid: process.pid, groups: [foreign] });
  lock.release();
  expect(existsSync(lockFile)).toBe(false);
});

test("a lock file that was half written stops nobody", async () => {
  writeFileSync(lockFile, '{"pid": 1');
  (await lockState(state)).release();
  expect(existsSync(lockFile)).toBe(false);
});
