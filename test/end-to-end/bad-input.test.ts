import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeAudioOnly, makeTruncated, writeMedia } from "./make-media.ts";
import { waitForAsset } from "./marquee-api.ts";
import { startTestStack, type TestStack } from "./start-stack.ts";
import { uploadFilm } from "./upload-film.ts";

const shape = { seconds: 20, size: "640x360", frameRate: 25 };

let stack: TestStack;
let folder: string;
let canary: Server;
/** Requests to an address that only a disguised playlist names. */
const canaryHits: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "marquee-bad-input-"));
  canary = createServer((request, response) => {
    canaryHits.push(`${request.method} ${request.url}`);
    response.end();
  }).listen(0, "127.0.0.1");
  await once(canary, "listening");
  stack = await startTestStack();
});

afterAll(async () => {
  await stack?.stop();
  canary?.close();
  rmSync(folder, { recursive: true, force: true });
});

function canaryUrl(): string {
  const address = canary.address();
  if (address === null || typeof address === "string") throw new Error("The canary has no port.");
  return `http://127.0.0.1:${address.port}`;
}

const inputs: [string, string, () => Promise<string> | string][] = [
  ["random bytes", "unsupported_container", () => writeMedia(folder, "random.mp4", randomBytes(200_000))],
  ["an empty file", "unsupported_container", () => writeMedia(folder, "empty.mp4", "")],
  [
    "a text",
    "unsupported_container",
    () => writeMedia(folder, "text.mp4", "Once upon a time.\n".repeat(500)),
  ],
  [
    "an HLS playlist named .mp4",
    "unsupported_container",
    () =>
      writeMedia(
        folder,
        "hls.mp4",
        `#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n${canaryUrl()}/segment.ts\n#EXT-X-ENDLIST\n`,
      ),
  ],
  [
    "a DASH manifest named .mp4",
    "unsupported_container",
    () =>
      writeMedia(
        folder,
        "dash.mp4",
        `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><BaseURL>${canaryUrl()}/</BaseURL></Period></MPD>`,
      ),
  ],
  [
    "a concat script named .mp4",
    "unsupported_container",
    () => writeMedia(folder, "concat.mp4", `ffconcat version 1.0\nfile ${canaryUrl()}/film.mp4\n`),
  ],
  ["audio only", "no_video", () => makeAudioOnly()],
  [
    "a film cut off, with its index in front",
    "truncated",
    async () => writeMedia(folder, "cut-front.mp4", await makeTruncated({ ...shape, moov: "front" }, 0.6)),
  ],
  [
    "a film cut off before its index",
    "truncated",
    async () => writeMedia(folder, "cut-end.mp4", await makeTruncated({ ...shape, moov: "end" }, 0.6)),
  ],
];

test.for(inputs)("%s ends as %s", async ([, code, make]) => {
  const assetId = await uploadFilm(stack, { file: await make() });
  const asset = await waitForAsset(stack, assetId, {
    until: (it) => it.status === "errored" || isComplete(it),
  });
  expect(asset.status).toBe("errored");
  expect(asset.error?.code).toBe(code);
  expect(asset.error?.detail).toMatch(/^[A-Z].{20,}\.$/s);
});

test("nothing that an upload names was ever asked for, and the service is well", async () => {
  expect(canaryHits).toEqual([]);
  await fetch(canaryUrl());
  expect(canaryHits).toHaveLength(1); // the canary does sing
  expect((await fetch(`${stack.url}/healthz`)).status).toBe(200);
});

function isComplete(asset: { status: string; renditions: { status: string }[] }): boolean {
  return asset.status === "ready" && asset.renditions.every((it) => it.status === "ready");
}
