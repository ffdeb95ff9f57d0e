/** D1 can't be reached for some seconds: viewers don't notice, producers wait, and then everything catches up. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type FaultController, startFaultController } from "../../tools/faults/fault-controller.ts";
import { makeFilm } from "./make-media.ts";
import { waitForAsset } from "./marquee-api.ts";
import { startTestStack, type TestStack } from "./start-stack.ts";
import { until } from "./until.ts";
import { uploadFilm } from "./upload-film.ts";

/** Longer than anything that is held for some seconds (the feed 10 s, a feed's copy 5 s), shorter than an uploader's patience. */
const outageMs = 17_000;

const shape = { size: "320x180", frameRate: 25, moov: "front" } as const;
const playbackSchema = z.object({ playback_url: z.url(), slug: z.string(), poster_url: z.url() });

let controller: FaultController;
let stack: TestStack;
const folder = mkdtempSync(path.join(tmpdir(), "marquee-outage-"));

beforeAll(async () => {
  controller = await startFaultController(
    1,
    () => undefined,
    () => undefined,
  );
  controller.rest();
  stack = await startTestStack({ FAULTS: controller.url });
});

afterAll(async () => {
  await stack?.stop();
  controller?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function published(seconds: number, title: string): Promise<string> {
  const file = await makeFilm({ ...shape, seconds });
  const asset = await waitForAsset(stack, await uploadFilm(stack, { file, title }), {
    until: ({ progress }) => progress.fraction === 1,
  });
  expect(asset.error ?? null).toBeNull();
  return asset.title_id;
}

async function issue(title: string): Promise<z.infer<typeof playbackSchema>> {
  const response = await fetch(`${stack.url}/v1/playback`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ title }),
  });
  expect(response.status).toBe(200);
  return playbackSchema.parse(await response.json());
}

async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.arrayBuffer();
  return response.status;
}

/** Plays from the playlist to a segment, as a player does. @returns the first status that is not 200, or 200 */
async function playSome(playbackUrl: string): Promise<number> {
  let url = playbackUrl;
  for (const next of [/^[\w-]+\/playlist\.m3u8$/m, /^seg-\d{5}\.m4s$/m]) {
    const response = await fetch(url);
    const found = next.exec(await response.text())?.[0];
    if (response.status !== 200 || found === undefined) return response.status;
    url = new URL(found, url).href;
  }
  return await statusOf(url);
}

test("while D1 is out of reach films play on and start, an upload waits, and afterwards all catches up", async () => {
  const title = await published(24, "Plays through it");
  const cold = await published(25, "Nobody has played it");
  const running = await issue(title);
  expect(await playSome(running.playback_url)).toBe(200);

  controller.setWeather({ database: "unreachable" });
  const health = z.object({ checks: z.object({ database: z.object({ state: z.string() }) }) });
  const databaseState = async () =>
    health.parse(await (await fetch(`${stack.url}/healthz`)).json()).checks.database.state;
  await until(async () => (await databaseState()) === "failed");
  const upload = makeFilm({ ...shape, seconds: 26 }).then((file) =>
    uploadFilm(stack, { file, title: "Uploaded through it" }),
  );
  const from = Date.now();
  while (Date.now() < from + outageMs) {
    expect(await playSome(running.playback_url)).toBe(200);
    const fresh = await issue(title);
    expect(await playSome(fresh.playback_url)).toBe(200);
    expect(await statusOf(fresh.poster_url)).toBe(200);
    expect(await statusOf(`${stack.url}/watch/${fresh.slug}`)).toBe(200);
    expect(await playSome((await issue(cold)).playback_url)).toBe(200);
    await wait(500);
  }
  controller.setWeather({ database: "well" });

  const asset = await waitForAsset(stack, await upload);
  expect(asset.status).toBe("ready");
  expect(await playSome((await issue(asset.title_id)).playback_url)).toBe(200);
  expect(await databaseState()).toBe("ok");
});
