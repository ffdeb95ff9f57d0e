/** What lies beside the picture: languages, surround sound, subtitles and the seek bar's thumbnails, up to the viewer's page. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { runFfmpeg } from "../../scripts/local/demo-film.ts";
import { readPlaylist } from "../../workers/catalog/read-playlist.ts";
import { openBrowser, type TestBrowser } from "./browser.ts";
import { waitForAsset } from "./marquee-api.ts";
import { startPlaying } from "./play-in-page.ts";
import { startTestStack, type TestStack } from "./start-stack.ts";
import { until } from "./until.ts";
import { uploadFilm } from "./upload-film.ts";

const seconds = 16;
const lines = { eng: "Hello <i>there</i> & welcome", deu: "Guten Tag" };

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

/** A film that speaks English in 5.1 and German in mono, with subtitles in both. */
async function makeFilm(): Promise<string> {
  for (const [language, text] of Object.entries(lines)) {
    writeFileSync(
      path.join(folder, `${language}.srt`),
      `1\n00:00:00,500 --> 00:00:${seconds},000\n${text}\n`,
    );
  }
  const file = path.join(folder, "film.mkv");
  const tones = [300, 500, 700, 60, 1100, 1300].map((hertz) => `0.1*sin(2*PI*${hertz}*t)`).join("|");
  await runFfmpeg([
    ...["-f", "lavfi", "-i", `testsrc2=s=640x360:r=25:d=${seconds}`],
    ...["-f", "lavfi", "-i", `aevalsrc=${tones}:c=5.1:s=48000:d=${seconds}`],
    ...["-f", "lavfi", "-i", `sine=frequency=440:d=${seconds}`],
    ...Object.keys(lines).flatMap((language) => ["-i", path.join(folder, `${language}.srt`)]),
    ...["-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map", "4", "-pix_fmt", "yuv420p"],
    ...["-c:v", "libx264", "-preset", "ultrafast", "-c:a:0", "ac3", "-c:a:1", "aac", "-c:s", "srt"],
    ...Object.keys(lines).flatMap((language, n) => [
      ...[`-metadata:s:a:${n}`, `language=${language}`, `-metadata:s:s:${n}`, `language=${language}`],
    ]),
    file,
  ]);
  return file;
}

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
  const assetId = await uploadFilm(stack, { file: await makeFilm(), title: "Two languages" });
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
    ["English", lines.eng.replace("&", "&amp;")],
    ["German", lines.deu],
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
