import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFilm } from "./make-media.ts";
import { type AssetView, getAsset, waitForAsset } from "./marquee-api.ts";
import { startTestStack, type TestStack } from "./start-stack.ts";
import { until } from "./until.ts";
import { uploadFilm } from "./upload-film.ts";

/** Long enough to be two chunks and to be caught in the middle of an encode. */
const shape = { seconds: 70, size: "1280x720", frameRate: 30, moov: "front" as const };

let stack: TestStack;

beforeAll(async () => {
  stack = await startTestStack();
});

afterAll(async () => {
  await stack?.stop();
});

test("a transcoder that is killed in the middle of an encode does not stop a film", async () => {
  const assetId = await uploadFilm(stack, { file: await makeFilm(shape), title: "Transcoder killed" });
  await untilEncoding(assetId);
  stack.killTranscoder();
  expectWhole(await waitForAsset(stack, assetId, { until: isComplete }));
});

test("everything is killed in the middle of an encode, and after the next start the film gets ready", async () => {
  const assetId = await uploadFilm(stack, { file: await makeFilm(shape), title: "Everything killed" });
  await untilEncoding(assetId);
  await stack.killEverything();
  await expect(fetch(`${stack.url}/healthz`)).rejects.toThrow();
  await stack.restart();
  expectWhole(await waitForAsset(stack, assetId, { until: isComplete }));
});

async function untilEncoding(assetId: string): Promise<void> {
  await until(async () => {
    const asset = await getAsset(stack, assetId);
    if (asset?.status === "errored") throw new Error(`It failed before: ${asset.error?.code}`);
    if (asset !== null && isComplete(asset))
      throw new Error("It was complete before it could be interrupted.");
    return asset?.progress.stages.some(
      (stage) => stage.name === "video" && stage.status === "running" && stage.fraction > 0.02,
    );
  });
}

function isComplete(asset: AssetView): boolean {
  return asset.status === "ready" && asset.renditions.every((it) => it.status === "ready");
}

function expectWhole(asset: AssetView): void {
  expect(asset.error ?? null).toBeNull();
  expect(asset.status).toBe("ready");
  const video = asset.renditions.filter((it) => it.kind === "video");
  expect(video.length).toBeGreaterThan(0);
  expect(video.map((it) => it.frame_count)).toEqual(video.map(() => shape.seconds * shape.frameRate));
}
