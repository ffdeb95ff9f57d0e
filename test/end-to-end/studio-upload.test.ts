import { afterAll, beforeAll, expect, test } from "vitest";
import { openBrowser, type TestBrowser } from "../support/browser.ts";
import { makeFilm } from "./make-media.ts";
import { playToEnd, startPlaying } from "./play-in-page.ts";
import { startTestStack, type TestStack } from "./start-stack.ts";

let stack: TestStack;
let browser: TestBrowser;

beforeAll(async () => {
  stack = await startTestStack();
  browser = await openBrowser();
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

test("a producer signs in, chooses a film in the studio, sees it get ready, and watches it", async () => {
  const file = await makeFilm({ seconds: 7, size: "640x360", frameRate: 25, moov: "end" });
  const page = await browser.context.newPage();
  page.setDefaultTimeout(0); // the test has a limit of its own
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));

  await page.goto(`${stack.url}/studio`);
  await page.getByLabel("Producer key").fill(stack.key);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator("input[type=file]").setInputFiles(file);
  const watch = page.getByRole("link", { name: /^watch/i }).first();
  await watch.waitFor();
  await watch.click();
  await page.waitForURL("**/watch/**");
  const started = await startPlaying(page);
  expect(started.videoWidth).toBeGreaterThan(0);
  expect((await playToEnd(page)).currentTime).toBeCloseTo(7, 0);
  expect(errors).toEqual([]);
});
