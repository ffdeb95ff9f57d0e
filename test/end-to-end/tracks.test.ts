/** Everything beside the picture: languages, surround sound, subtitles and the seek bar's thumbnails, up to the viewer's page. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { readPlaylist } from "../../workers/hls/read-playlist.ts";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { makeTwoLanguages, twoLanguages } from "./make-two-languages.ts";
import { waitForAsset } from "./marquee-api.ts";
import { startPlaying } from "./play-in-page.ts";
import { startTestStack, type TestStack } from "./start-stack.ts";
import { until } from "./until.ts";
import { uploadFilm } from "./upload-film.ts";

const seconds = 16;

let stack: TestStack;
let browser: TestBrowser;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "marquee-tracks-"));
  stack = await startTestStack();
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const pageState = z.object({
  shown: z.array(z.string()),
  audio: z.array(z.tuple([z.string(), z.boolean()])),
  qualities: z.number(),
  thumbnails: z.number(),
});

async function readState(page: Page): Promise<z.infer<typeof pageState>> {
  // A text, because this runs in the page, where our TypeScript knows no document.
  return pageState.parse(
    await page.evaluate(`(() => {
      const video = document.querySelector("video");
      const tracks = [...video.textTracks];
      return {
        shown: tracks.flatMap((track) => track.mode === "showing" ? [...track.activeCues ?? []].map((cue) => cue.text) : []),
        audio: [...video.audioTracks].map((track) => [track.label, track.enabled]),
        qualities: video.videoRenditions.length,
        thumbnails: tracks.find((track) => track.label === "thumbnails")?.cues?.length ?? 0,
      };
    })()`),
  );
}

test("languages, surround, subtitles and thumbnails arrive in the player", async () => {
  const assetId = await uploadFilm(stack, {
    file: await makeTwoLanguages(folder, seconds),
    title: "Two languages",
  });
  const asset = await waitForAsset(stack, assetId);
  expect(asset.error ?? null).toBeNull();
  expect(asset.renditions.filter(({ status }) => status !== "ready")).toEqual([]);

  const main = readPlaylist(await (await fetch(asset.playback_url ?? "")).text());
  if (main.kind !== "multivariant") throw new Error("not a multivariant playlist");
  const languages = (group: Record<string, { language: string | null }>) =>
    Object.values(group).map(({ language }) => language);
  expect(Object.values(main.audioGroups).map(languages)).toEqual([
    ["en", "de"],
    ["en", "de"],
  ]);
  expect(Object.values(main.subtitleGroups).map(languages)).toEqual([["en", "de"]]);

  const page = await browser.context.newPage();
  const trouble: string[] = [];
  page.on("response", (response) => {
    if (response.status() >= 400) trouble.push(`${response.status()} ${response.url()}`);
  });
  page.on("console", (message) => {
    if (message.type() === "error") trouble.push(message.text());
  });
  await page.goto(asset.watch_url);
  await startPlaying(page);
  const begun = await readState(page);
  expect(begun.shown).toEqual([]);
  expect(begun.audio).toEqual([
    ["English", true],
    ["German", false],
  ]);
  // One quality a rung: the 5.1 variants are the same pictures, and a browser keeps to stereo.
  expect(begun.qualities).toBe(asset.renditions.filter(({ kind }) => kind === "video").length);

  for (const [language, text] of [
    ["English", twoLanguages.eng.replace("&", "&amp;")],
    ["German", twoLanguages.deu],
  ] as const) {
    await page.locator("video").hover();
    await page.locator("media-captions-menu-button").click();
    await page.locator("media-captions-menu").getByText(language).click();
    await until(async () => ((await readState(page)).shown.join() === text ? true : null));
  }

  expect((await readState(page)).thumbnails).toBe(seconds / 2);
  const sprite = page.waitForResponse((response) => response.url().includes("/sprite-00000.jpg"));
  await page.locator("media-time-range").hover();
  expect((await sprite).status()).toBe(200);

  await page.evaluate(`document.querySelector("video").audioTracks[1].enabled = true`);
  await until(async () => ((await readState(page)).audio[1]?.[1] === true ? true : null));
  expect(trouble).toEqual([]);
  await page.close();
});
