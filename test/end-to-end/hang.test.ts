/** Processes that hang, and a film that ends its transcoder each time: everybody else's film gets ready by itself. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { descendantsOf, type RunningProcess } from "../../scripts/local/processes.ts";
import { maxDeaths } from "../../workers/pipeline/tasks/task-lease.ts";
import { makeFilm } from "./make-media.ts";
import { type AssetView, waitForAsset } from "./marquee-api.ts";
import { startTestStack, type TestStack } from "./start-stack.ts";
import { until } from "./until.ts";
import { uploadFilm } from "./upload-film.ts";

/** Longest that a film may take when something has hung, milliseconds. */
const recoveryMs = 120_000;

/** Some seconds of encoding on two processors. */
const shape = { seconds: 30, size: "640x360", frameRate: 30, moov: "front" as const };

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(async () => {
  await stack?.stop();
});

const encoders = (): RunningProcess[] =>
  descendantsOf(stack.pids().transcoder).filter(({ command }) => /^ffmpeg\b.*\blibx264\b/.test(command));

const runtimes = (): RunningProcess[] =>
  descendantsOf(stack.pids().worker).filter(({ command }) => /\bworkerd\b.* serve\b/.test(command));

/** Stops processes when a film is being encoded. @returns the film when all of it is ready, and how long that took */
async function stopInMidWork(title: string, which: () => number[]): Promise<AssetView & { tookMs: number }> {
  const assetId = await uploadFilm(stack, { file: await makeFilm(shape), title });
  await until(async () => encoders().length > 0);
  const stopped = which();
  expect(stopped.length).toBeGreaterThan(0);
  for (const pid of stopped) process.kill(pid, "SIGSTOP");
  const from = Date.now();
  const asset = await waitForAsset(stack, assetId, {
    signal: AbortSignal.timeout(recoveryMs),
    until: ({ status, renditions }) => status === "ready" && renditions.every((it) => it.status === "ready"),
  });
  return { ...asset, tookMs: Date.now() - from };
}

test.each([
  ["an FFmpeg", () => encoders().map(({ pid }) => pid)],
  ["the transcoder", () => [stack.pids().transcoder]],
  ["workerd, all of it", () => runtimes().map(({ pid }) => pid)],
])("%s stops in mid-work, and the film gets ready by itself", async (title, which) => {
  const asset = await stopInMidWork(title, which);
  console.log(`${title}: ready ${Math.round(asset.tookMs / 1000)} s after`);
  expect(asset.error ?? null).toBeNull();
  const frames = asset.renditions.filter(({ kind }) => kind === "video").map((it) => it.frame_count);
  expect(frames).toEqual(frames.map(() => shape.seconds * shape.frameRate));
});

/** The films whose inspection the transcoder has begun, as often as it has, by its own log. */
const inspected = (): string[] =>
  [
    ...readFileSync(path.join(stack.logs, "transcoder.log"), "utf8").matchAll(
      / (ast_\w+)\S* inspect started/g,
    ),
  ].map(([, assetId]) => assetId ?? "");

/** Kills the transcoder each time that it begins to inspect a film that it doesn't know yet. @returns how often */
async function killAtInspection(signal: AbortSignal): Promise<number> {
  const known = new Set(inspected());
  for (let kills = 0; ; await wait(10)) {
    if (signal.aborted) return kills;
    if (inspected().filter((assetId) => !known.has(assetId)).length <= kills) continue;
    kills += 1;
    stack.killTranscoder();
  }
}

test("a film that ends its transcoder each time fails by its own deaths, and its neighbour's film gets ready", async () => {
  const file = await makeFilm({ ...shape, seconds: 10 });
  const neighbour = await uploadFilm(stack, { file: await makeFilm(shape), title: "Neighbour" });
  await until(async () => encoders().length > 0);
  const over = new AbortController();
  const kills = killAtInspection(over.signal);
  const poison = await uploadFilm(stack, { file, title: "Poison" });
  const [bad, good] = await Promise.all([
    waitForAsset(stack, poison, { signal: AbortSignal.timeout(recoveryMs) }),
    waitForAsset(stack, neighbour, { signal: AbortSignal.timeout(recoveryMs) }),
  ]);
  over.abort();
  expect(bad).toMatchObject({ status: "errored", error: { code: "task_keeps_dying" } });
  expect(await kills).toBe(maxDeaths);
  expect(good.error ?? null).toBeNull();
  expect(good.status).toBe("ready");
});
