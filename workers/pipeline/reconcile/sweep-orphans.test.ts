import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { anAsset } from "../../../test/support/publish-film.ts";
import { lastingAlarms } from "../../catalog/alarms.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, uploads } from "../../catalog/schema.ts";
import { deletionGate } from "../../safety/deletion-gate.ts";
import { adoptEpoch } from "../../safety/epoch-stamp.ts";
import { endSweepFuse, findUnknown } from "../../safety/unknown-objects.ts";
import { newId } from "../../shared/new-id.ts";
import { sliceAt, sweepOrphans } from "./sweep-orphans.ts";

const db = openDatabase(env);
const minuteMs = 60_000;
const hourMs = 3_600_000;
const dayMs = 86_400_000;
const graceMs = 30 * dayMs;

/** A time at or after `from` at which ids that begin like this one are swept, Unix milliseconds. */
function turnOf(id: string, from: number): number {
  for (let now = from; ; now += minuteMs) if (sliceAt(now) === id.slice(4, 6)) return now;
}

const has = async (bucket: R2Bucket, key: string) => (await bucket.head(key)) !== null;

test("every slice has its turn within 1,024 minutes", () => {
  const slices = Array.from({ length: 1024 }, (_, n) => sliceAt(1_800_000_000_000 + n * minuteMs));
  expect(new Set(slices).size).toBe(1024);
});

test("what a zombie wrote into a film whose grace is over is removed; a film that is there keeps everything", async () => {
  const deleted = await anAsset(env, 0);
  const kept = `${deleted.slice(0, 8)}${newId("asset").slice(8)}`;
  const other = await anAsset(env, 0);
  await db.update(assets).set({ id: kept }).where(eq(assets.id, other));
  const media = [`media/${deleted}/v1/seg-00000.m4s`, `work/${deleted}/a`, `reports/${deleted}/r.json`];
  for (const key of [...media, `media/${kept}/v1/seg-00000.m4s`]) await env.MEDIA.put(key, "x");
  await env.SOURCES.put(`remuxed/${deleted}.mkv`, "x");
  const turn = turnOf(deleted, 2 * graceMs);
  const deletedAt = turn - graceMs;
  await sweepAt(turn, () =>
    db.update(assets).set({ deletedAt, purgedAt: deletedAt }).where(eq(assets.id, deleted)),
  );
  for (const key of media) expect(await has(env.MEDIA, key), key).toBe(true);
  await sweep(turnOf(deleted, turn + minuteMs));
  for (const key of media) expect(await has(env.MEDIA, key), key).toBe(false);
  expect(await has(env.SOURCES, `remuxed/${deleted}.mkv`)).toBe(false);
  expect(await has(env.MEDIA, `media/${kept}/v1/seg-00000.m4s`)).toBe(true);
});

test("what no row knows is never removed, but counted and listed", async () => {
  const [asset, upload] = [newId("asset"), newId("upload")];
  await env.MEDIA.put(`media/${asset}/v1/seg-00000.m4s`, "x");
  await env.SOURCES.put(`sources/${upload}`, "x");
  await sweepAt(turnOf(asset, Date.now() + 400 * dayMs));
  await sweepAt(turnOf(upload, Date.now() + 400 * dayMs));
  expect(await has(env.MEDIA, `media/${asset}/v1/seg-00000.m4s`)).toBe(true);
  expect(await has(env.SOURCES, `sources/${upload}`)).toBe(true);
  const listed = (await findUnknown(env, { after: "", limit: 100 })).flatMap(({ keys }) => keys);
  expect(listed).toContain(`MEDIA/media/${asset}/`);
  expect(listed).toContain(`SOURCES/sources/${upload}`);
});

test("a source whose asset has no row stays, though its upload's row is there", async () => {
  const id = await anUpload("asset_created");
  await env.SOURCES.put(`sources/${id}`, "x");
  await sweepAt(turnOf(id, 400 * dayMs));
  expect(await has(env.SOURCES, `sources/${id}`)).toBe(true);
});

test("the complete source of an upload that was cancelled stays for 30 days, the one with an asset for ever", async () => {
  const id = await anUpload("cancelled");
  await env.SOURCES.put(`sources/${id}`, "x");
  await sweepAt(turnOf(id, 29 * dayMs));
  expect(await has(env.SOURCES, `sources/${id}`)).toBe(true);
  await sweepAt(turnOf(id, 30 * dayMs + 1));
  expect(await has(env.SOURCES, `sources/${id}`)).toBe(false);
  const asset = await anAsset(env, 0);
  const other = await anUpload("cancelled");
  await db.update(uploads).set({ assetId: asset }).where(eq(uploads.id, other));
  await env.SOURCES.put(`sources/${other}`, "x");
  await sweepAt(turnOf(other, 400 * dayMs));
  expect(await has(env.SOURCES, `sources/${other}`)).toBe(true);
});

test("tails of ended uploads go, those of open ones stay", async () => {
  const add = async (status: "waiting" | "asset_created") => {
    const id = await anUpload(status);
    await env.SOURCES.put(`tails/${id}/1`, "x");
    await sweepAt(turnOf(id, 2 * hourMs));
    return await has(env.SOURCES, `tails/${id}/1`);
  };
  expect(await add("asset_created")).toBe(false);
  expect(await add("waiting")).toBe(true);
});

test("more than a page of a slice is seen, and a slice with much that is unknown stops all deleting", async () => {
  const letters = "zz";
  // What the tests before have left has random letters, these two now and then.
  for (const bucket of [env.SOURCES, env.MEDIA]) {
    const { objects } = await bucket.list();
    const same = objects.flatMap(({ key }) => (key.includes(`_${letters}`) ? [key] : []));
    if (same.length > 0) await bucket.delete(same);
  }
  const ended = await anUpload("cancelled", letters);
  await env.SOURCES.put(`tails/${ended}/1`, "x");
  // R2 lists a thousand at a time; these come before the ended one.
  const names = Array.from({ length: 1005 }, (_, n) => `tails/upl_${letters}${String(n).padStart(6, "0")}/1`);
  for (let n = 0; n < names.length; n += 50) {
    await Promise.all(names.slice(n, n + 50).map((name) => env.SOURCES.put(name, "x")));
  }
  const turn = turnOf(ended, 40 * dayMs);
  await sweepAt(turn);
  expect(await has(env.SOURCES, `tails/${ended}/1`)).toBe(true);
  const [alarm] = await lastingAlarms(db);
  expect(alarm).toMatchObject({ code: "sweep_fuse", detail: expect.stringContaining("1005 of the 1006") });
  expect(await deletionGate(env, turn).mayDelete()).toBe(false);
  await endSweepFuse(env, turn + 1);
  expect(await lastingAlarms(db)).toEqual([]);
  // What an operator has seen does not raise the alarm again, and stays all the same.
  await sweep(turn);
  expect(await lastingAlarms(db)).toEqual([]);
  expect(await has(env.SOURCES, `tails/${ended}/1`)).toBe(false);
  expect(await has(env.SOURCES, names[0] ?? "")).toBe(true);
});

/** Sweeps with a database and buckets that belong together. @param between runs before it, after the epoch was adopted */
async function sweepAt(now: number, between: () => Promise<unknown> = async () => undefined): Promise<void> {
  await adoptEpoch(env, now);
  await between();
  await sweep(now);
}

async function anUpload(status: "waiting" | "asset_created" | "cancelled", letters = ""): Promise<string> {
  const id = letters === "" ? newId("upload") : `upl_${letters}${newId("upload").slice(6)}`;
  await db.insert(uploads).values({
    ...{ id, producerId: "p", assetId: newId("asset"), titleId: newId("title"), status, filename: "f" },
    ...{ partBytes: 1, sourceKey: `sources/${id}`, multipartId: "m" },
    ...{ createdAt: 0, updatedAt: 0, expiresAt: 0 },
  });
  return id;
}

const sweep = (now: number) => sweepOrphans(env, now, () => true, deletionGate(env, now));
