import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { anAsset } from "../../../test/support/publish-film.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, uploads } from "../../catalog/schema.ts";
import { newId } from "../../shared/new-id.ts";
import { sliceAt, sweepOrphans } from "./sweep-orphans.ts";

const db = openDatabase(env);
const minuteMs = 60_000;
const hourMs = 3_600_000;

/** A time at or after `from` at which ids that begin like this one are swept, Unix milliseconds. */
function turnOf(id: string, from: number): number {
  for (let now = from; ; now += minuteMs) if (sliceAt(now) === id.slice(4, 6)) return now;
}

const has = async (bucket: R2Bucket, key: string) => (await bucket.head(key)) !== null;

test("every slice has its turn within 1,024 minutes", () => {
  const slices = Array.from({ length: 1024 }, (_, n) => sliceAt(1_800_000_000_000 + n * minuteMs));
  expect(new Set(slices).size).toBe(1024);
});

test("what a zombie wrote into a deleted film is removed; a film that is there keeps everything", async () => {
  const deleted = await anAsset(env, 0);
  const kept = `${deleted.slice(0, 8)}${newId("asset").slice(8)}`;
  await db.update(assets).set({ deletedAt: 1000, purgedAt: 1000 }).where(eq(assets.id, deleted));
  const other = await anAsset(env, 0);
  await db.update(assets).set({ id: kept }).where(eq(assets.id, other));
  const media = [`media/${deleted}/v1/seg-00000.m4s`, `work/${deleted}/a`, `reports/${deleted}/r.json`];
  for (const key of [...media, `media/${kept}/v1/seg-00000.m4s`]) await env.MEDIA.put(key, "x");
  await env.SOURCES.put(`remuxed/${deleted}.mkv`, "x");
  await sweepOrphans(env, turnOf(deleted, 2000 + hourMs));
  for (const key of media) expect(await has(env.MEDIA, key), key).toBe(false);
  expect(await has(env.SOURCES, `remuxed/${deleted}.mkv`)).toBe(false);
  expect(await has(env.MEDIA, `media/${kept}/v1/seg-00000.m4s`)).toBe(true);
});

test("what no row knows is kept for a week, so that a restored database costs nobody a film", async () => {
  const asset = newId("asset");
  const upload = newId("upload");
  await env.MEDIA.put(`media/${asset}/v1/seg-00000.m4s`, "x");
  await env.SOURCES.put(`sources/${upload}`, "x");
  const sweep = async (now: number) => {
    await sweepOrphans(env, turnOf(asset, now));
    await sweepOrphans(env, turnOf(upload, now));
    const left = [
      await has(env.MEDIA, `media/${asset}/v1/seg-00000.m4s`),
      await has(env.SOURCES, `sources/${upload}`),
    ];
    return left.filter(Boolean).length;
  };
  expect(await sweep(Date.now() + 5 * 86_400_000)).toBe(2);
  expect(await sweep(Date.now() + 8 * 86_400_000)).toBe(0);
});

test("tails of ended uploads go, those of open ones stay", async () => {
  const add = async (status: "waiting" | "asset_created") => {
    const id = newId("upload");
    await db.insert(uploads).values({
      ...{ id, producerId: "p", assetId: newId("asset"), titleId: newId("title"), status, filename: "f" },
      ...{ partBytes: 1, sourceKey: `sources/${id}`, multipartId: "m" },
      ...{ createdAt: 0, updatedAt: 0, expiresAt: 0 },
    });
    await env.SOURCES.put(`tails/${id}/1`, "x");
    await sweepOrphans(env, turnOf(id, 2 * hourMs));
    return await has(env.SOURCES, `tails/${id}/1`);
  };
  expect(await add("asset_created")).toBe(false);
  expect(await add("waiting")).toBe(true);
});
