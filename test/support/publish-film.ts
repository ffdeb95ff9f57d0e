/** A published film in D1 and R2, with reports and ledgers as transcoders leave them; only its pictures are words. */
import { eq } from "drizzle-orm";
import type { RenditionReport, StoredObject } from "../../protocol/report.ts";
import { openDatabase } from "../../workers/catalog/database.ts";
import { assets, tasks, titles } from "../../workers/catalog/schema.ts";
import { faultyQueue } from "../../workers/faults/faulty-queue.ts";
import { type Plan, parsePlan } from "../../workers/pipeline/plan/plan.ts";
import { sliceKeysOf } from "../../workers/pipeline/plan/plan-audio.ts";
import { publishAsset } from "../../workers/pipeline/publish/publish-asset.ts";
import {
  renditionPrefix,
  renditionReportKey,
  sliceObjectKey,
  sliceReportKey,
} from "../../workers/pipeline/storage/media-keys.ts";
import { storePlan } from "../../workers/pipeline/tasks/store-plan.ts";
import { digestOf } from "../../workers/shared/digest.ts";
import { anInspection } from "./inspection.ts";
import { assetRow, titleRow } from "./rows.ts";

/** The same bindings, but every task message is lost, so that no consumer takes a task before the test does. */
export function muted(env: Env): Env {
  return { ...env, TRANSCODE_QUEUE: faultyQueue(env.TRANSCODE_QUEUE, async () => "drop") };
}

/** An asset with its title, `preparing`, with nothing of it in R2. @param now Unix milliseconds, of all its times */
export async function anAsset(env: Env, now: number): Promise<string> {
  const db = openDatabase(env);
  const title = titleRow({ producerId: "prd_1", createdAt: now });
  const asset = assetRow({ producerId: "prd_1", titleId: title.id, sourceBytes: 1, createdAt: now });
  await db.insert(titles).values(title);
  await db.insert(assets).values(asset);
  return asset.id;
}

/** A film of 24 s in two chunks, with one sound track in each codec of its recipe, published at `now`. */
export async function aPublishedFilm(
  env: Env,
  now: number,
  recipe: unknown = null,
): Promise<{ assetId: string; plan: Plan }> {
  const db = openDatabase(env);
  const bindings = { ...muted(env), CHUNK_SEGMENTS: "2", EARLY_PUBLISH_AFTER_SECONDS: "1000" };
  const assetId = await anAsset(env, now);
  await db.update(assets).set({ recipe }).where(eq(assets.id, assetId));
  await storePlan(bindings, assetId, anInspection(24, { width: 426, height: 240 }), now);
  const plan = parsePlan((await db.select().from(assets).where(eq(assets.id, assetId)).get())?.plan);
  for (const { key } of plan.video) {
    for (const ordinal of plan.chunks.keys()) await storeChunk(env, assetId, plan, key, ordinal);
  }
  for (const { key } of plan.audio) await storeSound(env, assetId, plan, key);
  const slices = plan.audio.flatMap((track) => sliceKeysOf(track, plan));
  for (const slice of new Set(slices)) await storeSlice(env, assetId, slice);
  await db.update(tasks).set({ status: "done" }).where(eq(tasks.assetId, assetId));
  await publishAsset(bindings, assetId, "whole", now);
  return { assetId, plan };
}

/** Stores an audio rendition, in one segment, and its report. */
export async function storeSound(env: Env, assetId: string, plan: Plan, key: string): Promise<void> {
  const file = "seg-00000.m4s";
  const duration = plan.audio.find((track) => track.key === key)?.samples ?? 0;
  await storeReport(env, assetId, key, 0, {
    ...{ key, codecs: "mp4a.40.2", timescale: 48_000, init: await store(env, assetId, key, "init.mp4") },
    segments: [{ ...(await store(env, assetId, key, file)), start: 0, duration, frames: 1, iframes: [] }],
  });
}

/** Stores one chunk of a video rendition, and its report: the same bytes each time, as a real encoder would. */
export async function storeChunk(
  env: Env,
  assetId: string,
  plan: Plan,
  key: string,
  ordinal: number,
  words = "",
): Promise<void> {
  const { grid, chunks } = plan;
  const { firstFrame, endFrame } = chunks[ordinal] ?? { firstFrame: 0, endFrame: 0 };
  const segments: RenditionReport["segments"] = [];
  for (let frame = firstFrame; frame < endFrame; frame += grid.segmentFrames) {
    const frames = Math.min(grid.segmentFrames, endFrame - frame);
    const file = `seg-${String(frame / grid.segmentFrames).padStart(5, "0")}.m4s`;
    segments.push({
      ...(await store(env, assetId, key, file, words)),
      ...{ start: frame * grid.frameTicks, duration: frames * grid.frameTicks, frames },
      iframes: [{ offset: 0, bytes: 5, duration: frames * grid.frameTicks }],
    });
  }
  await storeReport(env, assetId, key, ordinal, {
    ...{ key, codecs: "avc1.64001f", timescale: grid.timescale, segments },
    init: await store(env, assetId, key, "init.mp4"),
  });
}

async function store(
  env: Env,
  assetId: string,
  key: string,
  file: string,
  words = "",
): Promise<StoredObject> {
  return await storeBytes(env, renditionPrefix(assetId, key) + file, file, `${key} ${file} ${words}`);
}

async function storeSlice(env: Env, assetId: string, slice: string): Promise<void> {
  const stored = await storeBytes(env, sliceObjectKey(assetId, slice), slice, slice);
  await env.MEDIA.put(
    sliceReportKey(assetId, slice),
    JSON.stringify({ ...stored, key: slice, samples: 1_152_000 }),
  );
}

async function storeBytes(env: Env, at: string, file: string, text: string): Promise<StoredObject> {
  const bytes = new TextEncoder().encode(text);
  await env.MEDIA.put(at, bytes);
  const [md5, sha256] = [await digestOf("MD5", bytes), await digestOf("SHA-256", bytes)];
  return { file, bytes: bytes.byteLength, md5, sha256 };
}

async function storeReport(
  env: Env,
  assetId: string,
  key: string,
  ordinal: number,
  report: RenditionReport,
): Promise<void> {
  await env.MEDIA.put(renditionReportKey(assetId, key, ordinal), JSON.stringify(report));
}
