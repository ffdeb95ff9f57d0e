import path from "node:path";
import type { Page } from "playwright-core";
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

  await signIn(page);
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

test("a film that is chosen before the page's script has come is uploaded, also when the browser restores it", async () => {
  const files = await Promise.all(
    [1, 2].map((seconds) => makeFilm({ seconds, size: "128x96", frameRate: 25, moov: "end" })),
  );
  const [early = "", restored = ""] = files;
  const page = await browser.context.newPage();
  page.setDefaultTimeout(0); // the test has a limit of its own
  const script = "**/assets/studio.island.js";
  const release = Promise.withResolvers<void>();
  await page.route(script, async (route) => {
    await release.promise;
    await route.continue();
  });

  await signIn(page);
  await page.locator("input[type=file]").setInputFiles(early);
  release.resolve();
  await uploaded(page, early);

  await page.unroute(script);
  await page.route(script, (route) => route.abort());
  await page.reload();
  await page.locator("input[type=file]").setInputFiles(restored);
  await page.goto(stack.url);
  await page.unroute(script);
  await page.goBack();
  await uploaded(page, restored);
});

test("an upload that breaks while the server fails goes on, and does not begin anew", async () => {
  const file = await makeFilm({ seconds: 3, size: "128x96", frameRate: 25, moov: "end" });
  const page = await browser.context.newPage();
  page.setDefaultTimeout(0); // the test has a limit of its own
  const asked: string[] = [];
  await page.route(/\/v1\/uploads/, async (route) => {
    const method = route.request().method();
    asked.push(method);
    const isFirst = asked.filter((one) => one === method).length === 1;
    if (method === "PATCH" && isFirst) await route.abort();
    else if (method === "HEAD" && isFirst) await route.fulfill({ status: 500 });
    else await route.continue();
  });
  await signIn(page);
  await page.locator("input[type=file]").setInputFiles(file);
  await uploaded(page, file);
  expect(asked).toEqual(["POST", "PATCH", "HEAD", "HEAD", "PATCH"]);
  await page.close();
});

async function signIn(page: Page): Promise<void> {
  // Not until `load`, which waits for scripts.
  await page.goto(`${stack.url}/studio`, { waitUntil: "commit" });
  const key = page.getByLabel("Producer key");
  if ((await page.context().cookies()).length > 0) return;
  await key.fill(stack.key);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Waits until the list of films has this file. */
async function uploaded(page: Page, file: string): Promise<void> {
  await page.locator(`[data-asset] .filename[title="${path.basename(file)}"]`).waitFor();
}
