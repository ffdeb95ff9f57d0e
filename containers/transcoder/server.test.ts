/** The server as the pipeline meets it: real tasks in real processes, some of which are stopped, killed or left alone. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { TaskEvent } from "../../protocol/report.ts";
import type { TaskSpec } from "../../protocol/task.ts";
import { listProcesses } from "../../scripts/local/processes.ts";
import { makeFilm, testPicture } from "../../test/support/transcoder/make-film.ts";
import { type StorageServer, startStorage } from "../../test/support/transcoder/storage-server.ts";
import { maxSilenceMs } from "./apart/limits.ts";

const key = "key-of-the-tests";
const scratch = mkdtempSync(path.join(tmpdir(), "transcoder-test-"));
let server: ChildProcess;
let url = "";
let storage: StorageServer;
const sends: ClientRequest[] = [];

async function startServer(): Promise<void> {
  const env = { ...process.env, PORT: "0", HOST: "127.0.0.1", TRANSCODER_KEY: key, TMPDIR: scratch };
  server = spawn(process.execPath, ["--no-warnings", path.join(import.meta.dirname, "server.ts")], {
    stdio: ["ignore", "pipe", "inherit"],
    env,
  });
  url = await new Promise((resolve, reject) => {
    let said = "";
    server.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    server.stdout?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const port = /"port":(\d+)/.exec(said)?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    });
  });
}

async function endServer(): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const ended = once(server, "exit");
  server.kill("SIGKILL");
  await ended;
}

beforeAll(async () => {
  storage = await startStorage(
    makeFilm("mkv", [...testPicture({ size: "640x360", seconds: 60 }), "-pix_fmt", "yuv420p"]),
  );
  await startServer();
});
afterEach(() => {
  for (const sent of sends.splice(0)) sent.destroy();
});
afterAll(async () => {
  await endServer();
  await storage.close();
  rmSync(scratch, { recursive: true, force: true });
});

const inspectSpec = (): TaskSpec => ({
  kind: "inspect",
  bytes: storage.objects.get("/source")?.byteLength ?? 0,
});

/** A minute of film in a quality that takes some, whose task can be met on its way. */
const longSpec: TaskSpec = {
  kind: "video",
  streamIndex: 0,
  ...{ firstFrame: 0, endFrame: 1500, tailFrames: 2, filters: { deinterlace: true, toneMap: false } },
  grid: {
    ...{ frameRate: { num: 25, den: 1 }, timescale: 12_800, frameTicks: 512, frames: 1500 },
    ...{ gopFrames: 50, segmentFrames: 150, originSeconds: 0, containerStartSeconds: 0 },
  },
  rungs: [
    {
      ...{ key: "v2160p-1", codec: "h264", width: 3840, height: 2160, crf: 23 },
      ...{ maxrateKbps: 12_000, level: "5.1" },
    },
  ],
};

/**
 * Sends a task. Not by `fetch`, which names itself with the headers of browsers here.
 * @returns the answer's status, its events when it has ended, and a way to leave it.
 */
function send(
  spec: TaskSpec,
  headers: Record<string, string> = { Authorization: `Bearer ${key}` },
  alone = false,
) {
  const body = JSON.stringify({ taskId: "tsk_1", alone, api: storage.url, spec });
  const sent = request(`${url}/tasks`, { method: "POST", headers });
  sends.push(sent);
  const answer = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once("response", resolve).once("error", reject).end(body);
  });
  const events = answer.then(async (response) => {
    const lines = await text(response);
    return lines.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as TaskEvent]));
  });
  events.catch(() => undefined); // of one that is left nobody asks
  return { status: answer.then(({ statusCode }) => statusCode), events, leave: () => void sent.destroy() };
}

/** Waits for processes of this server's tasks that `command` matches. */
async function processesOf(command: RegExp): Promise<{ pid: number; command: string }[]> {
  for (;;) {
    const found = listProcesses().filter((one) => command.test(one.command) && isOurs(one.pid));
    if (found.length > 0) return found;
    await wait(20);
  }
}

/** Is true of the server and all that comes from it, by the folder that they write to. */
function isOurs(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "utf8").includes(`TMPDIR=${scratch}`);
  } catch {
    return false;
  }
}

async function untilGone(command: RegExp): Promise<void> {
  while (listProcesses().some((one) => command.test(one.command) && isOurs(one.pid))) await wait(20);
}

const taskProcess = /task-process\.ts/;
const ffmpeg = /^ffmpeg /;
const health = async (): Promise<number> =>
  (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2000) })).status;
const folders = (): string[] => readdirSync(scratch).filter((name) => /^marquee-\d+-task-/.test(name));
const untilClean = async (): Promise<void> => {
  while (folders().length > 0) await wait(20);
};

test("only the pipeline, which has the key, sends tasks", async () => {
  for (const headers of [
    {},
    { Authorization: "Bearer wrong" },
    { Authorization: `Bearer ${key}`, Origin: "http://127.0.0.1" },
    { Authorization: `Bearer ${key}`, "Sec-Fetch-Site": "none" },
  ] as Record<string, string>[]) {
    expect(await send(inspectSpec(), headers).status).toBe(403);
  }
  expect(folders()).toEqual([]);
  expect(await health()).toBe(200);
});

test("a task answers from a process of its own, and its folder is gone with it", async () => {
  const events = await send(inspectSpec()).events;
  expect(events[0]).toMatchObject({ type: "progress" });
  expect(events.at(-1)).toMatchObject({ type: "done", report: { inspection: { container: "matroska" } } });
  expect(folders()).toEqual([]);
});

test("no address and no secret is on a command line, where every user of the machine could read it", async () => {
  const task = send(longSpec);
  const lines = (await processesOf(ffmpeg)).map(({ command }) => command);
  const all = [...lines, ...(await processesOf(taskProcess)).map(({ command }) => command)].join("\n");
  expect(all).toContain("http://marquee/source");
  expect(all).not.toContain(new URL(storage.url).port);
  expect(all).not.toContain(key);
  task.leave();
  await untilGone(ffmpeg);
});

test.runIf(process.platform === "linux")(
  "a task that stands still is ended with what it started, and others don't notice",
  async () => {
    const stuck = send(longSpec);
    await processesOf(ffmpeg);
    for (const { pid } of await processesOf(taskProcess)) process.kill(pid, "SIGSTOP");
    const other = await send(inspectSpec()).events;
    expect(other.at(-1)?.type).toBe("done");
    expect(await health()).toBe(200);
    const last = (await stuck.events).at(-1);
    expect(last).toMatchObject({ type: "failed", failure: { code: "task_stuck", retryable: true } });
    await untilGone(ffmpeg);
    await untilClean();
  },
  maxSilenceMs * 4,
);

test.runIf(process.platform === "linux")("a task whose process dies fails alone", async () => {
  const dying = send(longSpec);
  await processesOf(ffmpeg);
  const other = send(inspectSpec());
  const [oldest] = await processesOf(taskProcess);
  process.kill(oldest?.pid ?? 0, "SIGKILL");
  expect((await dying.events).at(-1)).toMatchObject({ type: "failed", failure: { code: "task_died" } });
  expect((await other.events).at(-1)?.type).toBe("done");
  await untilGone(ffmpeg);
  await untilClean();
});

test("a task that runs alone waits for the others, and they for it; its caller hears of it all the time", async () => {
  const first = send(longSpec);
  await processesOf(ffmpeg);
  const alone = send(inspectSpec(), undefined, true);
  expect(await alone.status).toBe(200);
  expect(await send(inspectSpec()).status).toBe(409);
  first.leave();
  const events = await alone.events;
  const types = events.map(({ type }) => type);
  expect(types[0]).toBe("waiting");
  expect(types.slice(types.lastIndexOf("waiting") + 1)).toContain("progress");
  expect(types.at(-1)).toBe("done");
  expect((await send(inspectSpec()).events).at(-1)?.type).toBe("done");
});

test("a task that nobody waits for is ended", async () => {
  const task = send(longSpec);
  await processesOf(ffmpeg);
  task.leave();
  await untilGone(taskProcess);
  await untilGone(ffmpeg);
  await untilClean();
});

test.runIf(process.platform === "linux")(
  "what a killed server leaves behind ends with it, or is removed by the next",
  async () => {
    const task = send(longSpec);
    await processesOf(ffmpeg);
    mkdirSync(path.join(scratch, "marquee-1-task-of-somebody-alive"), { recursive: true });
    for (const { pid } of await processesOf(taskProcess)) process.kill(pid, "SIGSTOP");
    await endServer();
    await expect(task.events).rejects.toThrow();
    await untilGone(taskProcess);
    await untilGone(ffmpeg);
    expect(folders()).toHaveLength(2);
    await startServer();
    expect(folders()).toEqual(["marquee-1-task-of-somebody-alive"]);
    rmSync(path.join(scratch, "marquee-1-task-of-somebody-alive"), { recursive: true });
  },
);

test("without a key there is no server", async () => {
  const { TRANSCODER_KEY: _, ...env } = process.env;
  const keyless = spawn(process.execPath, ["--no-warnings", path.join(import.meta.dirname, "server.ts")], {
    stdio: "ignore",
    env,
  });
  expect(await once(keyless, "exit")).toEqual([1, null]);
});
