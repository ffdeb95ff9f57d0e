import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { listProcesses } from "./processes.ts";
import { type Service, supervise } from "./supervise.ts";

let folder: string;
let service: Service | undefined;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "marquee-supervise-"));
});

afterEach(async () => {
  await service?.kill();
  service = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** A program with a child of its own, as the transcoder has FFmpeg. Its name makes both recognisable as ours. */
const program = `
import { spawn } from "node:child_process";
spawn(process.execPath, ["-e", "setInterval(() => {}, 1000) // ffmpeg"], { stdio: "ignore" });
console.log("started");
setInterval(() => {}, 1000);
`;

function start(groups: number[], troubles: string[] = [], text = program): Service {
  const file = path.join(folder, "program.mjs");
  writeFileSync(file, text);
  service = supervise({
    name: "program",
    file,
    args: [],
    env: {},
    logFile: path.join(folder, "program.log"),
    onStart: (group) => groups.push(group),
    onTrouble: (line) => troubles.push(line),
  });
  return service;
}

const membersOf = (group: number | undefined) => listProcesses().filter((it) => it.groupId === group);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(20);
}

test("a process that is killed is started again, without what it left behind", async () => {
  const groups: number[] = [];
  const troubles: string[] = [];
  const running = start(groups, troubles);
  await until(() => membersOf(groups[0]).length === 2);
  running.crash();
  await until(() => membersOf(groups[1]).length === 2);
  expect(membersOf(groups[0])).toEqual([]);
  expect(troubles).toEqual([expect.stringContaining("SIGKILL")]);
});

test("stopping ends the process and its children for good, and its words are in the log", async () => {
  const groups: number[] = [];
  const running = start(groups);
  const words = (): string => readFileSync(path.join(folder, "program.log"), "utf8");
  await until(() => membersOf(groups[0]).length === 2 && words() !== "");
  await running.stop();
  await until(() => membersOf(groups[0]).length === 0);
  expect(groups).toHaveLength(1);
  expect(words()).toBe("started\n");
});

test("the log is its user's alone, and what opens a film stands neither in it nor on the screen", async () => {
  const token = "eyJhbGciOiJIUzI1NiJ9.eyJhdWQiOiJtYXJxdWVlIn0.c2lnbmF0dXJl";
  const log = path.join(folder, "program.log");
  writeFileSync(log, "from before\n", { mode: 0o644 });
  const troubles: string[] = [];
  const says = `
console.log("GET /v/${token}/main.m3u8 200");
console.error("unexpected error GET /internal/${token}/source");
setInterval(() => {}, 1000);
`;
  start([], troubles, says);
  const words = (): string => readFileSync(log, "utf8");
  await until(() => words().includes("source") && troubles.length > 0);
  expect(words()).toContain("from before\n");
  expect(words()).toContain("GET /v/[hidden]/main.m3u8 200\n");
  expect(troubles).toEqual(["program: unexpected error GET /internal/[hidden]/source"]);
  expect(words()).not.toContain("eyJ");
  expect(statSync(log).mode & 0o777).toBe(0o600);
});
