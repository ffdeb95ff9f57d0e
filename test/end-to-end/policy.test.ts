/** Policies on the real stack: windows that open and close while somebody watches, and rules that change meanwhile. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { makeFilm } from "./make-media.ts";
import { type AssetView, waitForAsset } from "./marquee-api.ts";
import { readPlayback, startPlaying } from "./play-in-page.ts";
import { startTestStack, type TestStack } from "./start-stack.ts";
import { until } from "./until.ts";
import { uploadFilm } from "./upload-film.ts";

/** Longer than what a player holds ahead (40 s) after 25 s of playing, so that there is always something left to ask for. */
const filmSeconds = 80;

let stack: TestStack;
let browser: TestBrowser;
let asset: AssetView;

beforeAll(async () => {
  stack = await startTestStack();
  browser = await openBrowser();
  const file = await makeFilm({ seconds: filmSeconds, size: "640x360", frameRate: 12, moov: "front" });
  asset = await waitForAsset(stack, await uploadFilm(stack, { file, title: "Windows" }), {
    until: ({ progress }) => progress.fraction === 1,
  });
  expect(asset.error ?? null).toBeNull();
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

async function putPolicy(policy: unknown): Promise<void> {
  const response = await fetch(`${stack.url}/v1/titles/${asset.title_id}/policy`, {
    method: "PUT",
    headers: { Authorization: `Bearer ${stack.key}`, "If-Match": "*" },
    body: JSON.stringify(policy),
  });
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
}

async function putWindow(window: { opens?: number; closes?: number }): Promise<void> {
  const times = Object.entries(window).map(([name, at]) => [name, new Date(at).toISOString()]);
  await putPolicy({ rules: [{ name: "the window", windows: [Object.fromEntries(times)] }] });
}

const answer = z.looseObject({ code: z.string().optional(), playback_url: z.string().optional() });

/** Asks for a playback URL again and again, from `now` until `done` says so; when each was asked and answered. */
async function askUntil(done: (code: string | undefined) => boolean) {
  const asked: { from: number; to: number; code: string | undefined }[] = [];
  await until(async () => {
    const from = Date.now();
    const body = JSON.stringify({ title: asset.title_id });
    const response = await fetch(`${stack.url}/v1/playback`, { method: "POST", body });
    const { code } = answer.parse(await response.json());
    asked.push({ from, to: Date.now(), code });
    return done(code);
  });
  return asked;
}

test("a film that opens while its page waits begins by itself, and not a moment too early", async () => {
  const opens = Date.now() + 15_000;
  await putWindow({ opens });
  const page = await browser.context.newPage();
  const response = await page.goto(asset.watch_url);
  expect(response?.status()).toBe(451);
  expect(await page.locator("h1").textContent()).toBe("This film isn’t here yet");
  expect(await page.locator(".code").textContent()).toBe("not_yet_available");
  const asked = await askUntil((code) => code === undefined);
  // Nothing was written or purged at the edge: what came in before it was refused, what came in after it was not.
  for (const { from, to, code } of asked) {
    if (to < opens) expect(code).toBe("not_yet_available");
    if (from >= opens) expect(code).toBeUndefined();
  }
  await page.locator("[data-player]").waitFor();
  expect((await startPlaying(page)).error).toBeNull();
  await page.close();
});

test("a film stops when its window closes, though much of it is there already, and says why", async () => {
  const closes = Date.now() + 25_000;
  await putWindow({ closes });
  const page = await browser.context.newPage();
  await page.goto(asset.watch_url);
  await startPlaying(page);
  // A text, because this runs in the page, where our TypeScript knows no document.
  await page.evaluate(`(() => {
    const layer = document.querySelector(".trouble");
    new MutationObserver(() => { if (!layer.hidden) window.stoppedAt ??= Date.now(); }).observe(layer, { attributes: true });
  })()`);
  await until(async () => (await page.locator(".trouble").isVisible()) || null);
  const stoppedAt = z.number().parse(await page.evaluate("window.stoppedAt"));
  expect(stoppedAt).toBeGreaterThanOrEqual(closes);
  expect(await page.locator("[data-trouble-code]").textContent()).toBe("no_longer_available_here");
  expect(await page.locator("[data-trouble-words]").textContent()).toContain(
    "no longer available where you are",
  );
  const left = z.object({ paused: z.boolean(), ahead: z.number() }).parse(
    await page.evaluate(`(() => {
      const video = document.querySelector("video");
      return { paused: video.paused, ahead: video.buffered.end(video.buffered.length - 1) - video.currentTime };
    })()`),
  );
  expect(left.paused).toBe(true);
  // It did not run out of film: it was stopped. How soon after the edge is told for whoever reads the log.
  expect(left.ahead).toBeGreaterThan(6);
  console.log(`the film stopped ${stoppedAt - closes} ms after its window closed`);
  await page.close();
});

test("a cap that is lowered while a film plays takes the picture down, and the film goes on", async () => {
  await putPolicy({ rules: [] });
  const page = await browser.context.newPage();
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(asset.watch_url);
  await startPlaying(page);
  await until(async () => (await readPlayback(page)).videoHeight === 360 || null);
  await putPolicy({ rules: [], default: { max_height: 240 } });
  const lower = await until(async () => {
    const playback = await readPlayback(page);
    return playback.videoHeight === 240 ? playback : null;
  });
  await until(async () => (await readPlayback(page)).currentTime > lower.currentTime + 2 || null);
  expect(await page.locator(".trouble").isHidden()).toBe(true);
  await page.close();
});

test("a title that is withheld stops where it plays, with the next thing that is asked for", async () => {
  await putPolicy({ rules: [] });
  const page = await browser.context.newPage();
  await page.goto(asset.watch_url);
  await startPlaying(page);
  await putPolicy({ rules: [], default: { name: "recall", deny: true } });
  await until(async () => (await page.locator(".trouble").isVisible()) || null);
  expect(await page.locator("[data-trouble-code]").textContent()).toBe("withheld");
  expect((await readPlayback(page)).currentTime).toBeLessThan(filmSeconds - 10);
  await page.close();
});
