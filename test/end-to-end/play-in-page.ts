/** Plays the film of a watch page as a viewer would, and tells what the browser really did. */
import type { Page } from "playwright-core";
import { until } from "./until.ts";

/** The state of a `<video>` element. */
export interface Playback {
  currentTime: number;
  duration: number;
  ended: boolean;
  videoWidth: number;
  videoHeight: number;
  /** Bytes of audio that were decoded (Chromium only). */
  audioBytes: number;
  /** The element's error, or the one that our player shows. */
  error: string | null;
}

/** Presses play and waits until the film runs. */
export async function startPlaying(page: Page): Promise<Playback> {
  await page
    .locator("media-play-button.start")
    .click()
    .catch(async (error: unknown) => {
      throw new Error(`The film can't be started: ${await describePlayer(page)}`, { cause: error });
    });
  return await until(async () => {
    const playback = await readPlayback(page);
    if (playback.error !== null) throw new Error(`The player failed: ${playback.error}`);
    return playback.currentTime > 0.5 && playback.videoWidth > 0 && playback.audioBytes > 0 ? playback : null;
  });
}

/** The player's state in words, for an error. */
async function describePlayer(page: Page): Promise<string> {
  return await page.evaluate<string>(`(() => {
    const player = document.querySelector(".player");
    const undefinedOnes = [...(player?.querySelectorAll(":not(:defined)") ?? [])].map(({ localName }) => localName);
    const attributes = player?.getAttributeNames().map((name) => name + "=" + player.getAttribute(name));
    const scripts = performance.getEntriesByType("resource").map(({ name, responseStatus, duration }) => [name, responseStatus, Math.round(duration)]);
    const trouble = document.querySelector(".trouble:not([hidden])")?.innerText;
    return JSON.stringify({ trouble, undefinedOnes, attributes, scripts });
  })()`);
}

/** Waits until the film, which is running, has come to its end. */
export async function playToEnd(page: Page): Promise<Playback> {
  return await until(async () => {
    const playback = await readPlayback(page);
    if (playback.error !== null) throw new Error(`The player failed: ${playback.error}`);
    return playback.ended ? playback : null;
  });
}

/** Reads the state of the page's `<video>`. */
export async function readPlayback(page: Page): Promise<Playback> {
  // A text, because this runs in the page, where our TypeScript knows no document.
  return await page.evaluate<Playback>(`(() => {
    const video = document.querySelector("video");
    return {
      currentTime: video.currentTime,
      duration: video.duration,
      ended: video.ended,
      videoWidth: video.videoWidth,
      videoHeight: video.videoHeight,
      audioBytes: video.webkitAudioDecodedByteCount,
      error: video.error?.message ?? document.querySelector(".trouble:not([hidden])")?.innerText ?? null,
    };
  })()`);
}
