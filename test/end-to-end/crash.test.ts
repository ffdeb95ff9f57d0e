import { createReadStream, statSync } from "node:fs";
import { Upload } from "tus-js-client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { makeFilm } from "./make-media.ts";
import { type AssetView, getAsset, waitForAsset } from "./marquee-api.ts";
import { startTestStack, type TestStack } from "./start-stack.ts";
import { until } from "./until.ts";
import { uploadFilm } from "./upload-film.ts";

/** Long enough to be two chunks and to be caught in the middle of an encode. */
const shape = { seconds: 60, size: "640x360", frameRate: 30, moov: "front" as const };

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

test("an upload that everything's end interrupts goes on where it was", async () => {
  const file = await makeFilm(shape);
  const size = statSync(file).size;
  const options = {
    endpoint: `${stack.url}/v1/uploads`,
    headers: { Authorization: `Bearer ${stack.key}` },
    metadata: { filename: "interrupted.mp4" },
    uploadSize: size,
    chunkSize: 1024 * 1024,
  };
  const uploadUrl = await new Promise<string>((resolve, reject) => {
    const upload = new Upload(createReadStream(file), {
      ...options,
      retryDelays: null,
      onError: reject,
      onSuccess: () => reject(new Error("It was complete before it could be interrupted.")),
      onChunkComplete: () => {
        upload.abort().then(() => resolve(upload.url ?? ""), reject);
      },
    });
    upload.start();
  });
  await stack.killEverything();
  await stack.restart();

  const kept = await fetch(uploadUrl, {
    method: "HEAD",
    headers: { ...options.headers, "Tus-Resumable": "1.0.0" },
  });
  expect(Number(kept.headers.get("Upload-Offset"))).toBeGreaterThanOrEqual(options.chunkSize);
  await new Promise<void>((resolve, reject) => {
    new Upload(createReadStream(file), {
      ...options,
      uploadUrl,
      onError: reject,
      onSuccess: () => resolve(),
    }).start();
  });
  const response = await fetch(uploadUrl, { headers: options.headers });
  const { asset_id } = z.object({ asset_id: z.string() }).parse(await response.json());
  expect((await waitForAsset(stack, asset_id)).status).toBe("ready");
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
