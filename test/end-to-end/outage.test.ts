/** D1 is away for a minute, or held by another program: viewers don't notice, producers wait, and then everything goes on. */
import { createReadStream, globSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as wait } from "node:timers/promises";
import { Upload } from "tus-js-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { callApi } from "../../scripts/client/call-api.ts";
import { uploadFile } from "../../scripts/client/upload-file.ts";
import { uploadStore } from "../../scripts/client/upload-store.ts";
import { type FaultController, startFaultController } from "../../tools/faults/fault-controller.ts";
import { makeFilm } from "./make-media.ts";
import { type AssetView, getAsset, waitForAsset } from "./marquee-api.ts";
import { startTestStack, type TestStack } from "./start-stack.ts";
import { until } from "./until.ts";
import { uploadFilm } from "./upload-film.ts";

/** Longer than a lease, than what is held of rules and feeds, and than all retries of the pipeline; longer still by hand. */
const outageMs = Number(process.env.OUTAGE_SECONDS ?? "60") * 1000;

/** Longer than the first pauses of those who wait, so that they meet it again. */
const lockMs = 8_000;

const shape = { size: "320x180", frameRate: 25, moov: "front" } as const;
const playbackSchema = z.object({ playback_url: z.url(), slug: z.string(), poster_url: z.url() });

let controller: FaultController;
let stack: TestStack;
const folder = mkdtempSync(path.join(tmpdir(), "marquee-outage-"));
/** Statuses that anybody was answered with. */
const statuses = new Set<number>();

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

async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(60_000) });
  statuses.add(response.status);
  return response;
}

async function published(seconds: number, title: string): Promise<string> {
  const file = await makeFilm({ ...shape, seconds });
  const asset = await waitForAsset(stack, await uploadFilm(stack, { file, title }), {
    until: ({ progress }) => progress.fraction === 1,
  });
  expect(asset.error ?? null).toBeNull();
  return asset.title_id;
}

async function issue(title: string): Promise<z.infer<typeof playbackSchema>> {
  const response = await ask(`${stack.url}/v1/playback`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ title }),
  });
  expect(response.status).toBe(200);
  return playbackSchema.parse(await response.json());
}

async function statusOf(url: string): Promise<number> {
  const response = await ask(url);
  await response.arrayBuffer();
  return response.status;
}

/** Plays from the playlist to a segment, as a player does. @returns the first status that is not 200, or 200 */
async function playSome(playbackUrl: string): Promise<number> {
  let url = playbackUrl;
  for (const next of [/^[\w-]+\/playlist\.m3u8$/m, /^seg-\d{5}\.m4s$/m]) {
    const response = await ask(url);
    const found = next.exec(await response.text())?.[0];
    if (response.status !== 200 || found === undefined) return response.status;
    url = new URL(found, url).href;
  }
  return await statusOf(url);
}

async function signIn(): Promise<Record<string, string>> {
  const response = await ask(`${stack.url}/studio/sign-in`, {
    method: "POST",
    headers: { Origin: stack.url },
    body: new URLSearchParams({ key: stack.key }),
    redirect: "manual",
  });
  return { Accept: "text/html", Cookie: response.headers.get("Set-Cookie")?.split(";")[0] ?? "" };
}

/** Uploads as `npm run marquee -- upload` does. @returns the asset's id */
async function uploadByCommandLine(file: string): Promise<string> {
  const metadata = { filename: path.basename(file) };
  const store = uploadStore(path.join(folder, "uploads"));
  const sent = await uploadFile(
    stack,
    { file, metadata },
    store,
    () => undefined,
    new AbortController().signal,
  );
  return sent.asset_id;
}

/** A tus client as its library comes, but for its patience. `requests`: its methods and their answers. */
function uploadAsOthersDo(file: string, onFirstChunk: () => void) {
  const requests: [method: string, status: number][] = [];
  let hasBegun = false;
  const done = new Promise<string>((resolve, reject) => {
    const upload = new Upload(createReadStream(file), {
      endpoint: `${stack.url}/v1/uploads`,
      headers: { Authorization: `Bearer ${stack.key}` },
      metadata: { filename: "others.mp4" },
      uploadSize: statSync(file).size,
      chunkSize: 100_000,
      retryDelays: Array.from({ length: 100 + outageMs / 3000 }, () => 3000),
      onAfterResponse: (request, response) => {
        requests.push([request.getMethod(), response.getStatus()]);
        statuses.add(response.getStatus());
        if (request.getMethod() === "PATCH" && !hasBegun) onFirstChunk();
        hasBegun ||= request.getMethod() === "PATCH";
      },
      onSuccess: ({ lastResponse }) => resolve(lastResponse.getHeader("Marquee-Asset-Id") ?? ""),
      onError: reject,
    });
    upload.start();
  });
  return { requests, done };
}

const isWhole = ({ status, renditions }: AssetView): boolean =>
  status === "ready" && renditions.every((it) => it.status === "ready");

async function untilEncoding(assetId: string): Promise<void> {
  await until(async () =>
    (await getAsset(stack, assetId))?.progress.stages.some(
      ({ name, status, fraction }) => name === "video" && status === "running" && fraction > 0.02,
    ),
  );
}

test("while D1 is away films play on and start, work and uploads wait, and nobody meets an error that is none", async () => {
  const title = await published(24, "Plays through it");
  const cold = await published(25, "Nobody has played it");
  const running = await issue(title);
  expect(await playSome(running.playback_url)).toBe(200);
  const studio = await signIn();
  const long = await makeFilm({ ...shape, size: "640x360", seconds: 60 });
  const encoding = await uploadFilm(stack, { file: long, title: "Encoded through it" });
  await untilEncoding(encoding);

  const begun = uploadAsOthersDo(await makeFilm({ ...shape, size: "640x360", seconds: 26 }), () =>
    controller.setWeather({ database: "unreachable" }),
  );
  const health = z.object({ checks: z.object({ database: z.object({ state: z.string() }) }) });
  const databaseState = async () =>
    health.parse(await (await ask(`${stack.url}/healthz`)).json()).checks.database.state;
  await until(async () => (await databaseState()) === "failed");
  const fresh = uploadByCommandLine(await makeFilm({ ...shape, seconds: 27 }));
  // A command waits for some minutes; an upload for as long as the longest outage.
  const listed = outageMs > 60_000 ? Promise.resolve({ assets: [] }) : callApi(stack, "GET", "/v1/assets");
  const from = Date.now();
  while (Date.now() < from + outageMs) {
    expect(await playSome(running.playback_url)).toBe(200);
    const next = await issue(title);
    expect(await playSome(next.playback_url)).toBe(200);
    expect(await statusOf(next.poster_url)).toBe(200);
    expect(await statusOf(`${stack.url}/watch/${next.slug}`)).toBe(200);
    expect(await playSome((await issue(cold)).playback_url)).toBe(200);
    const page = await ask(`${stack.url}/studio`, { headers: studio });
    expect([page.status, page.headers.get("Retry-After")]).toEqual([503, "5"]);
    expect(await page.text()).toContain('http-equiv="refresh"');
    await wait(500);
  }
  controller.setWeather({ database: "well" });

  const ends = { until: isWhole };
  const assets = await Promise.all([
    waitForAsset(stack, encoding, ends),
    begun.done.then((id) => waitForAsset(stack, id, ends)),
    fresh.then((id) => waitForAsset(stack, id, ends)),
  ]);
  for (const asset of assets) {
    expect(asset.error ?? null).toBeNull();
    expect(asset.status).toBe("ready");
    expect(await playSome((await issue(asset.title_id)).playback_url)).toBe(200);
  }
  // Begun once, and never taken for lost.
  expect(begun.requests.filter(([method]) => method === "POST")).toEqual([["POST", 201]]);
  expect(begun.requests).toContainEqual(["HEAD", 423]);
  expect(await listed).toMatchObject({ assets: expect.any(Array) });
  expect((await ask(`${stack.url}/studio`, { headers: studio })).status).toBe(200);
  expect(await databaseState()).toBe("ok");
  expect([...statuses].filter((status) => status >= 500 && status !== 503)).toEqual([]);
});

test("a database file that another program holds is waited for", async () => {
  const files = globSync("v3/d1/**/*.sqlite", { cwd: stack.state });
  expect(files.length).toBeGreaterThan(0);
  const holders = files.map((file) => new DatabaseSync(path.join(stack.state, file), { timeout: 5000 }));
  for (const holder of holders) holder.exec("BEGIN EXCLUSIVE");
  const upload = uploadByCommandLine(await makeFilm({ ...shape, seconds: 5 }));
  const listed = callApi(stack, "GET", "/v1/assets");
  const from = Date.now();
  while (Date.now() < from + lockMs) {
    const headers = { Authorization: `Bearer ${stack.key}` };
    const response = await ask(`${stack.url}/v1/assets`, { headers });
    expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "5"]);
    expect(await response.json()).toMatchObject({ code: "database_unavailable" });
    await wait(500);
  }
  for (const holder of holders) {
    holder.exec("ROLLBACK");
    holder.close();
  }
  expect(await listed).toMatchObject({ assets: expect.any(Array) });
  expect(await waitForAsset(stack, await upload)).toMatchObject({ status: "ready" });
  expect([...statuses].filter((status) => status >= 500 && status !== 503)).toEqual([]);
});
