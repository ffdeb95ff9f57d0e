/** The other ways a film is delivered: DASH, encrypted, and over more than one pathway. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { projectRoot } from "../../scripts/local/project-root.ts";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { makeTwoLanguages, twoLanguages } from "./make-two-languages.ts";
import { type AssetView, waitForAsset } from "./marquee-api.ts";
import { startOnNetCache } from "./on-net-cache.ts";
import { playToEnd, readPlayback, startPlaying } from "./play-in-page.ts";
import { servePlayerPage } from "./player-page.ts";
import { startTestStack, type TestStack } from "./start-stack.ts";
import { until } from "./until.ts";
import { uploadFilm } from "./upload-film.ts";

/** More than a minute, which is what a key opens, and more than players hold ahead. */
const seconds = 75;
/** Longer than any step of playing it takes on a busy machine, milliseconds. */
const patienceMs = 90_000;

let stack: TestStack;
let browser: TestBrowser;
let folder: string;
let film: AssetView;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "marquee-delivery-"));
  stack = await startTestStack();
  browser = await openBrowser();
  const assetId = await uploadFilm(stack, {
    file: await makeTwoLanguages(folder, seconds),
    title: "Delivered",
  });
  film = await waitForAsset(stack, assetId, {
    until: ({ renditions }) => renditions.length > 0 && renditions.every(({ status }) => status === "ready"),
  });
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function call(method: string, address: string, body: unknown): Promise<Response> {
  const response = await fetch(`${stack.url}${address}`, {
    method,
    headers: { Authorization: `Bearer ${stack.key}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok && response.status !== 409) throw new Error(`${response.status} ${await response.text()}`);
  return response;
}

async function encrypt(encryption: "none" | "aes-128"): Promise<void> {
  await call("PATCH", `/v1/titles/${film.title_id}`, { encryption });
}

const playback = z.object({ playback_url: z.string(), dash_url: z.string().nullable() });

async function issue(): Promise<z.infer<typeof playback>> {
  return playback.parse(await (await call("POST", "/v1/playback", { title: film.title_id })).json());
}

/** A page that notes what fails on it, and what it asks for. */
async function openPage(
  inside: TestBrowser = browser,
): Promise<{ page: Page; trouble: string[]; asked: string[] }> {
  const page = await inside.context.newPage();
  const trouble: string[] = [];
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url().replace(/\/v\/[^/]+/, "/v/…")));
  page.on("response", (response) => {
    if (response.status() >= 400) trouble.push(`${response.status()} ${response.url()}`);
  });
  page.on("pageerror", (error) => trouble.push(error.message));
  return { page, trouble, asked };
}

async function playFaster(page: Page, rate: number): Promise<void> {
  await page.evaluate(`document.querySelector("video").playbackRate = ${rate}`);
}

test("dash.js plays the film to its end, in both languages, with subtitles and thumbnails", async () => {
  const server = await servePlayerPage(
    path.join(projectRoot, "node_modules/dashjs/dist/modern/umd/dash.all.min.js"),
  );
  const { page, trouble, asked } = await openPage();
  await page.goto(server.url);
  await page.evaluate(`(() => {
    window.errors = [];
    window.player = dashjs.MediaPlayer().create();
    player.on("error", (event) => errors.push(JSON.stringify(event.error)));
    player.updateSettings({ streaming: { text: { defaultEnabled: false } } });
    player.initialize(document.querySelector("video"), ${JSON.stringify((await issue()).dash_url)}, true);
  })()`);
  // dash.js stops for good at an error of its own, and says so only here.
  const untilIt = <T>(what: string, look: () => Promise<T | null | false>): Promise<T> => {
    const latest = Date.now() + patienceMs;
    return until(async () => {
      const errors = z.array(z.string()).parse(await page.evaluate("errors"));
      if (errors.length > 0 || Date.now() > latest) {
        const state = JSON.stringify(await readPlayback(page));
        throw new Error(`no ${what}: ${state}; ${[...errors, ...trouble, ...asked.slice(-8)].join(" ")}`);
      }
      return await look();
    });
  };
  const begun = await untilIt("beginning", async () => {
    const state = await readPlayback(page);
    return state.currentTime > 1 && state.videoWidth > 0 && state.audioBytes > 0 ? state : null;
  });
  expect(Math.abs(begun.duration - seconds)).toBeLessThan(0.1);

  const told = z
    .object({
      pictures: z.array(z.number()),
      sound: z.array(z.tuple([z.string(), z.string(), z.string()])),
      texts: z.array(z.string()),
      current: z.string(),
    })
    .parse(
      await page.evaluate(`({
        pictures: player.getRepresentationsByType("video").map((it) => it.height),
        sound: player.getTracksFor("audio").map((it) => [it.lang, it.roles[0].value, String(it.audioChannelConfiguration[0].value)]),
        texts: player.getTracksFor("text").map((it) => it.lang),
        current: player.getCurrentTrackFor("audio").lang,
      })`),
    );
  const heights = film.renditions
    .filter(({ kind }) => kind === "video")
    .map(({ label }) => Number.parseInt(label, 10));
  expect(told.pictures.toSorted((a, b) => a - b)).toEqual(heights.toSorted((a, b) => a - b));
  expect(told.sound).toEqual([
    ["en", "main", "2"],
    ["en", "alternate", "6"],
    ["de", "alternate", "2"],
  ]);
  expect(told.texts.toSorted()).toEqual(["de", "en"]);
  expect(told.current).toBe("en");

  await page.evaluate(`(() => {
    player.enableText(true);
    player.setTextTrack(player.getTracksFor("text").findIndex((it) => it.lang === "de"));
  })()`);
  const shown = `[...document.querySelector("video").textTracks]
    .flatMap((track) => track.mode === "showing" ? [...track.activeCues ?? []].map((cue) => cue.text) : []).join()`;
  await untilIt("German subtitles", async () => (await page.evaluate(shown)) === twoLanguages.deu);

  const thumbnail = z.object({ url: z.string(), width: z.number(), x: z.number() });
  const found = thumbnail.parse(
    await page.evaluate(`new Promise((resolve) => player.provideThumbnail(5, (it) => resolve({ ...it })))`),
  );
  expect(found.url).toMatch(/\/sprite-00000\.jpg$/);
  expect((await fetch(found.url)).headers.get("Content-Type")).toBe("image/jpeg");

  await page.evaluate(`player.setCurrentTrack(player.getTracksFor("audio").find((it) => it.lang === "de"))`);
  await untilIt(
    "German sound",
    async () => (await page.evaluate(`player.getCurrentTrackFor("audio").lang`)) === "de",
  );
  await playFaster(page, 8);
  const ended = await untilIt("end", async () => {
    const state = await readPlayback(page);
    // At eight times its speed dash.js sometimes stops at the last picture without ending the stream.
    return state.ended || state.currentTime >= state.duration ? state : null;
  });
  expect(Math.abs(ended.currentTime - seconds)).toBeLessThan(0.1);
  expect(await page.evaluate("errors")).toEqual([]);
  expect(trouble).toEqual([]);
  await page.close();
  server.close();
});

test("an encrypted film plays to its end, and who was watching the clear one is not disturbed", async () => {
  const before = await openPage();
  await before.page.goto(film.watch_url);
  await startPlaying(before.page);
  await encrypt("aes-128");
  await playFaster(before.page, 8);

  const after = await openPage();
  await after.page.goto(film.watch_url);
  await startPlaying(after.page);
  await playFaster(after.page, 8);
  const ends = [await playToEnd(before.page), await playToEnd(after.page)];
  for (const { currentTime } of ends) expect(Math.abs(currentTime - seconds)).toBeLessThan(0.1);
  expect([...before.trouble, ...after.trouble]).toEqual([]);

  const clear = /\/v\/…\/[^/]+\/seg-\d+\.m4s$/;
  const secret = /\/v\/…\/[^/]+\/k\d+-c1-ast_\w+\/(seg|segments)-\d+\.(m4s|key)$/;
  expect(before.asked.filter((url) => clear.test(url)).length).toBeGreaterThan(20);
  expect(after.asked.filter((url) => clear.test(url))).toEqual([]);
  expect(after.asked.filter((url) => secret.test(url)).length).toBeGreaterThan(20);
  const keys = new Set(after.asked.filter((url) => /segments-\d+\.key$/.test(url)));
  // A key for each minute of sound, and of each picture size that was played.
  expect(keys.size).toBeGreaterThanOrEqual(4);
  for (const { page } of [before, after]) await page.close();
  expect((await issue()).dash_url).toBeNull();
  await encrypt("none");
});

test.each([
  ["another host name, clear", "none", (port: number) => `http://on-net.localhost:${port}`],
  ["another address, encrypted", "aes-128", (port: number) => `http://127.0.0.1:${port}`],
] as const)("a film goes on when its pathway dies in the middle: %s", async (_, encryption, addressOf) => {
  await encrypt(encryption);
  const cache = await startOnNetCache(stack.url);
  const ownPort = Number(new URL(stack.url).port);
  const isByHost = addressOf(0).includes("on-net");
  const put = { base_url: addressOf(isByHost ? ownPort : cache.port), priority: 10, ttl_seconds: 5 };
  await call("PUT", "/v1/ops/pathways/on-net", put);
  // A host name of its own for the cache, at our port: as in the cloud, where all are at 443.
  const rule = `MAP on-net.localhost:${ownPort} 127.0.0.1:${cache.port}`;
  const inside = await openBrowser([`--host-resolver-rules=${rule}`]);
  try {
    const { page, trouble } = await openPage(inside);
    await page.goto(film.watch_url);
    await startPlaying(page);
    await until(async () => {
      expect((await readPlayback(page)).error).toBeNull();
      return cache.asked.filter((url) => url.endsWith(".m4s")).length >= 3;
    });
    const onNet = cache.asked.length;
    // As networks fail: for a moment there is no way at all.
    let failures = 3;
    await page.route(/\/v\//, (route) =>
      failures-- > 0 && route.request().url().startsWith(stack.url) ? route.abort() : route.fallback(),
    );
    await cache.kill();
    await playFaster(page, 4);
    const ended = await playToEnd(page);
    expect(Math.abs(ended.currentTime - seconds)).toBeLessThan(0.1);
    expect(onNet).toBeGreaterThan(3);
    expect(failures).toBeLessThan(0);
    expect(trouble).toEqual([]);
    // All that it kept for everyone is noise, and no key of it.
    const media = [...cache.kept.keys()];
    if (encryption === "none") expect(media).toEqual([]);
    else {
      expect(media.some((url) => /\/k\d+-c1-ast_\w+\/seg-\d+\.m4s$/.test(url))).toBe(true);
      expect(media.filter((url) => url.endsWith(".key") || /^\/[^/]+\/seg-/.test(url))).toEqual([]);
    }
    await page.close();
  } finally {
    await inside.close();
    await fetch(`${stack.url}/v1/ops/pathways/on-net`, {
      method: "DELETE",
      headers: { Authorization: `Bearer ${stack.key}` },
    });
    await encrypt("none");
  }
});
