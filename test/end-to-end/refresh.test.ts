/** Playback tokens that are good for some seconds only: the film plays on as if they were for ever. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { makeFilm } from "./make-media.ts";
import { type AssetView, waitForAsset } from "./marquee-api.ts";
import { playToEnd, readPlayback, startPlaying } from "./play-in-page.ts";
import { startTestStack, type TestStack } from "./start-stack.ts";
import { until } from "./until.ts";
import { uploadFilm } from "./upload-film.ts";

/**
 * A few of these pass while the film is loaded: a player holds 40 s of film, and this one plays at three times its speed. The
 * last quarter of each, in which the next is fetched, is longer than a busy machine's pauses.
 */
const tokenSeconds = 10;
const filmSeconds = 120;
const speed = 3;

let stack: TestStack;
let browser: TestBrowser;
let asset: AssetView;

beforeAll(async () => {
  stack = await startTestStack({ PLAYBACK_TOKEN_SECONDS: String(tokenSeconds) });
  browser = await openBrowser();
  const file = await makeFilm({ seconds: filmSeconds, size: "320x180", frameRate: 25, moov: "front" });
  asset = await waitForAsset(stack, await uploadFilm(stack, { file, title: "Short tokens" }), {
    until: ({ progress }) => progress.fraction === 1,
  });
  expect(asset.error ?? null).toBeNull();
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

const seenSchema = z.object({ starved: z.array(z.number()), events: z.array(z.string()) });

test("short tokens are renewed while a film plays, and nobody sees it", async () => {
  const page = await browser.context.newPage();
  const tokens = new Set<string>();
  const refusals: string[] = [];
  page.on("response", (response) => {
    const token = /\/v\/([^/]+)\/[^/]+\/seg-/.exec(response.url())?.[1];
    if (token !== undefined) tokens.add(token);
    if (response.status() >= 400) refusals.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(asset.watch_url);
  await startPlaying(page);
  // A text, because this runs in the page, where our TypeScript knows no document.
  await page.evaluate(`(() => {
    const video = document.querySelector("video");
    window.seen = { starved: [], events: [] };
    const ahead = () => {
      for (let at = 0; at < video.buffered.length; at++) {
        const [from, to] = [video.buffered.start(at), video.buffered.end(at)];
        if (from <= video.currentTime && video.currentTime <= to) return to - video.currentTime;
      }
      return 0;
    };
    // Only a picture that waits for bytes counts: a busy machine may also drop behind with bytes at hand.
    video.addEventListener("waiting", () => { if (!video.ended && ahead() < 0.5) window.seen.starved.push(video.currentTime); });
    for (const name of ["emptied", "seeking", "pause", "error"]) {
      video.addEventListener(name, () => { if (!video.ended) window.seen.events.push(name); });
    }
    video.playbackRate = ${speed};
  })()`);
  const end = await playToEnd(page);
  expect(end.currentTime).toBeGreaterThan(filmSeconds - 1);
  const seen = seenSchema.parse(await page.evaluate("window.seen"));
  expect(seen.starved).toEqual([]);
  expect(seen.events).toEqual([]);
  expect(refusals).toEqual([]);
  expect(tokens.size).toBeGreaterThanOrEqual(3);
  expect(await page.locator(".trouble").isHidden()).toBe(true);
  await page.close();
});

test("a service that is busy for a while is waited for: the film says so, and goes on by itself", async () => {
  const page = await browser.context.newPage();
  await page.goto(asset.watch_url);
  await startPlaying(page);
  await page.evaluate(`document.querySelector("video").playbackRate = ${speed}`);
  const answers = /\/v1\/playback|\/v\/[^/]+\/.*\/seg-/;
  await page.route(answers, (route) =>
    route.fulfill({
      status: 503,
      headers: { "Retry-After": "1" },
      json: { code: "rules_unknown", detail: "Busy." },
    }),
  );
  // What is loaded plays to its end, and so do the grants; then the film stands still.
  const trouble = page.locator(".trouble");
  await until(() => trouble.isVisible());
  expect(await trouble.innerText()).toContain("goes on by itself");
  const stoodAt = (await readPlayback(page)).currentTime;
  await page.unroute(answers);
  const end = await until(async () => {
    const playback = await readPlayback(page);
    return playback.ended ? playback : null;
  });
  expect(stoodAt).toBeLessThan(filmSeconds - 1);
  expect(end.currentTime).toBeGreaterThan(filmSeconds - 1);
  expect(await trouble.isHidden()).toBe(true);
  await page.close();
});

test("a film that is encrypted while it plays goes on where it is, in its new form", async () => {
  const page = await browser.context.newPage();
  const loaded = { clear: 0, encrypted: 0 };
  page.on("response", (response) => {
    if (!/\/seg-\d+\.m4s$/.test(response.url()) || response.status() !== 200) return;
    if (/\/k\d+-[^/]+\/seg-/.test(response.url())) loaded.encrypted += 1;
    else loaded.clear += 1;
  });
  await page.goto(asset.watch_url);
  await startPlaying(page);
  await until(async () => loaded.clear > 0);
  const changed = await fetch(`${stack.url}/v1/titles/${asset.title_id}`, {
    method: "PATCH",
    headers: { Authorization: `Bearer ${stack.key}` },
    body: JSON.stringify({ encryption: "aes-128" }),
  });
  expect(changed.status).toBe(200);
  // A text, because this runs in the page, where our TypeScript knows no document.
  await page.evaluate(`(() => {
    const video = document.querySelector("video");
    window.last = 0;
    window.jumps = [];
    video.addEventListener("timeupdate", () => {
      if (video.currentTime < window.last - 1) window.jumps.push([window.last, video.currentTime]);
      window.last = video.currentTime;
    });
    video.addEventListener("loadedmetadata", () => { video.playbackRate = ${speed}; });
    video.playbackRate = ${speed};
  })()`);
  const end = await playToEnd(page);
  expect(end.currentTime).toBeGreaterThan(filmSeconds - 1);
  expect(loaded.encrypted).toBeGreaterThan(0);
  expect(await page.evaluate("window.jumps")).toEqual([]);
  expect(await page.locator(".trouble").isHidden()).toBe(true);
  await page.close();
});
