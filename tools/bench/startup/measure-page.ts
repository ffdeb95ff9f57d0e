/** One play of a page in a fresh Chromium: from the click to the first frame, and from a seek to its frame. */
import type { Page } from "playwright-core";
import { UserError } from "../../../scripts/local/user-error.ts";
import { openBrowser } from "../../../test/support/browser.ts";

/** Milliseconds. */
export interface PageTimes {
  /** From the start of the navigation until the page's play button works. */
  ready: number;
  /** From the click on it, which comes at once, until the first frame is on the screen. */
  start: number;
  /** From the start of the navigation until that frame. */
  total: number;
  /** From setting the time to a place that is not buffered until a frame from there is on the screen. */
  seek: number;
}

/** Play time before the seek, so that the start is over, milliseconds. */
const watchMs = 500;

/** Longest time for all of it, milliseconds. */
const patienceMs = 60_000;

/**
 * Runs in the page. The click comes from the page itself, in the frame in which the button works: a viewer in a hurry, and no
 * time lost between the driver and the browser.
 */
const script = (button: string, seekTo: number) => `
  window.measured = new Promise((resolve, reject) => {
    const frame = (video, from) => new Promise((shown) => {
      const look = (now, { mediaTime, presentationTime }) =>
        mediaTime >= from ? shown(presentationTime) : video.requestVideoFrameCallback(look);
      video.requestVideoFrameCallback(look);
    });
    const watch = async () => {
      const button = document.querySelector(${JSON.stringify(button)});
      const video = document.querySelector("video");
      if (button === null || video === null) return requestAnimationFrame(watch);
      try {
        const ready = performance.now();
        const first = frame(video, 0);
        button.click();
        const started = await first;
        await new Promise((done) => setTimeout(done, ${watchMs}));
        for (let n = 0; n < video.buffered.length; n++) {
          if (video.buffered.start(n) <= ${seekTo} && ${seekTo} < video.buffered.end(n)) throw new Error("buffered already");
        }
        const sought = performance.now();
        const far = frame(video, ${seekTo} - 0.1);
        video.currentTime = ${seekTo};
        const arrived = await far;
        resolve({ ready, start: started - ready, total: started, seek: arrived - sought });
      } catch (error) {
        reject(error);
      }
    };
    requestAnimationFrame(watch);
  });
`;

/** Plays it. @param button CSS selector that finds the play button when it works; @param seekTo seconds */
export async function measurePage(url: string, button: string, seekTo: number): Promise<PageTimes> {
  const browser = await openBrowser();
  try {
    const page: Page = await browser.context.newPage();
    const failures: string[] = [];
    page.on("response", (response) => {
      if (response.status() >= 400) failures.push(`${response.status()} ${response.url()}`);
    });
    page.on("pageerror", (error) => failures.push(error.message));
    await page.addInitScript(script(button, seekTo));
    await page.goto(url, { waitUntil: "commit", timeout: patienceMs });
    const late = new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error("no frame came")), patienceMs).unref();
    });
    const times = await Promise.race([page.evaluate<PageTimes>("window.measured"), late]).catch(
      (error: unknown) => {
        throw new UserError(`${url} did not play: ${String(error)}\n${failures.join("\n")}`);
      },
    );
    return times;
  } finally {
    await browser.close();
  }
}
