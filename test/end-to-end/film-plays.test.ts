import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { projectRoot } from "../../scripts/local/project-root.ts";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { makeFilm } from "./make-media.ts";
import { waitForAsset } from "./marquee-api.ts";
import { playToEnd, startPlaying } from "./play-in-page.ts";
import { startTestStack, type TestStack } from "./start-stack.ts";
import { uploadFilm } from "./upload-film.ts";

/** Two whole segments of 6 s and a shorter one. */
const shape = { seconds: 13, size: "1280x720", frameRate: 24, moov: "front" as const };

/** An AAC frame of 1024 samples at 48 kHz, seconds. */
const aacFrameSeconds = 1024 / 48_000;

let stack: TestStack;
let browser: TestBrowser;
let stateHome: string;

beforeAll(async () => {
  stateHome = mkdtempSync(path.join(tmpdir(), "marquee-state-home-"));
  stack = await startTestStack();
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  rmSync(stateHome, { recursive: true, force: true });
});

test("an uploaded film is prepared whole, and plays to its end in Chromium", async () => {
  const assetId = await uploadFilm(stack, { file: await makeFilm(shape), title: "Clock and two tones" });
  const asset = await waitForAsset(stack, assetId);
  expect(asset.error ?? null).toBeNull();
  expect(asset.status).toBe("ready");

  const page = await browser.context.newPage();
  const refusals: string[] = [];
  page.on("response", (response) => {
    if (response.status() >= 400) refusals.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(asset.watch_url);
  const started = await startPlaying(page);
  expect(started.videoWidth / started.videoHeight).toBeCloseTo(16 / 9, 1);
  expect(Math.abs(started.duration - shape.seconds)).toBeLessThan(0.1);
  // The film's first files came while the player was still on its way, and once.
  const ahead = await page.evaluate<string[]>(`performance.getEntriesByType("resource")
    .filter(({ initiatorType }) => initiatorType === "fetch").map(({ name }) => name)`);
  expect(ahead.filter((url) => /\/(init\.mp4|seg-00000\.m4s|playlist\.m3u8)$/.test(url))).toHaveLength(6);
  const loaded = await page.evaluate<string[]>(`performance.getEntriesByType("resource")
    .filter(({ transferSize }) => transferSize > 300).map(({ name }) => name)`); // 300: from the cache
  const twice = loaded.filter((url, at) => ahead.includes(url) && loaded.indexOf(url) !== at);
  expect(twice).toEqual([]);
  const ended = await playToEnd(page);
  expect(Math.abs(ended.currentTime - shape.seconds)).toBeLessThan(0.1);
  expect(refusals).toEqual([]);
  await page.close();
});

test("every rendition has all frames, and audio is as long as video", async () => {
  const assetId = await uploadFilm(stack, { file: await makeFilm(shape), title: "Counted" });
  const first = await waitForAsset(stack, assetId);
  expect(first.status).toBe("ready");
  const asset = await waitForAsset(stack, assetId, {
    until: (it) => it.renditions.every((rendition) => rendition.status !== "preparing"),
  });
  const video = asset.renditions.filter((it) => it.kind === "video");
  const audio = asset.renditions.filter((it) => it.kind === "audio");
  expect(video.map((it) => it.label)).toEqual(expect.arrayContaining(["720p", "480p", "360p", "240p"]));
  expect(video.map((it) => it.frame_count)).toEqual(video.map(() => shape.seconds * shape.frameRate));
  expect(audio).toHaveLength(1);
  for (const { duration } of [...video, ...audio]) {
    expect(Math.abs((duration ?? 0) - shape.seconds)).toBeLessThanOrEqual(aacFrameSeconds);
  }
});

test("the command line uploads a film, waits, and prints one line of JSON", async () => {
  const file = await makeFilm({ seconds: 7, size: "640x360", frameRate: 25, moov: "end" });
  const command = [path.join(projectRoot, "scripts/cli/main.ts"), "upload", file, "--title", "By hand"];
  const { stdout } = await promisify(execFile)(process.execPath, [...command, "--wait", "--json"], {
    env: { ...process.env, MARQUEE_URL: stack.url, MARQUEE_KEY: stack.key, XDG_STATE_HOME: stateHome },
  });
  const lines = stdout.split("\n").filter((line) => line !== "");
  expect(lines).toHaveLength(1);
  const told = JSON.parse(lines[0] ?? "");
  expect(told).toMatchObject({
    status: "ready",
    watch_url: expect.stringContaining(`${stack.url}/watch/by-hand-`),
  });
  const playlist = await fetch(told.playback_url);
  expect(playlist.status).toBe(200);
  expect(await playlist.text()).toMatch(/^#EXTM3U\n/);
});

test("a film that isn't there is a page in words, and a forged address is refused", async () => {
  const missing = await fetch(`${stack.url}/watch/no-such-film-000000`, { headers: { Accept: "text/html" } });
  expect(missing.status).toBe(404);
  expect(missing.headers.get("Content-Type")).toContain("text/html");
  const forged = await fetch(`${stack.url}/v/forged/main.m3u8`);
  expect(forged.status).toBe(403);
});
