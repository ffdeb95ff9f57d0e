/**
 * A week of the cron, on a virtual clock, over films and databases that went wrong: emptied, another's, restored to 8 days
 * ago, with a wrong clock, twice at once. Of its minutes those are run whose slice of the sweep holds an object (in all others
 * the sweep lists nothing), with the steps that delete; and one in three days with every step there is.
 */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { copyRows, emptyDatabase, putRowsBack } from "../../../test/support/database-copy.ts";
import { anAsset, aPublishedFilm, muted } from "../../../test/support/publish-film.ts";
import { lastingAlarms } from "../../catalog/alarms.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, uploads } from "../../catalog/schema.ts";
import { faultyDatabase } from "../../faults/faulty-database.ts";
import worker from "../../index.ts";
import { expireUploads } from "../../ingest/expire-uploads.ts";
import { deletionGate } from "../../safety/deletion-gate.ts";
import { adoptEpoch } from "../../safety/epoch-stamp.ts";
import { newId } from "../../shared/new-id.ts";
import { deleteAsset, undeleteAsset } from "../lifecycle/delete-asset.ts";
import { pipelineSteps } from "./reconcile.ts";
import { type CronStep, runSteps } from "./run-steps.ts";
import { sliceAt } from "./sweep-orphans.ts";

const db = openDatabase(env);
const mute: Env = { ...muted(env), SCRUB_AFTER_SECONDS: "1e12" };
const minuteMs = 60_000;
const dayMs = 86_400_000;
const start = 1_800_000_000_000;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: start });
  // All ids begin with the same letters, so that one slice of the sweep has them all.
  vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
    if (array instanceof Uint8Array) array.set(randomBytes(array.length - 2), 2);
    return array;
  });
  for (const bucket of [env.SOURCES, env.MEDIA]) {
    const { objects } = await bucket.list();
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
  }
  await emptyDatabase(env.DB);
});

afterEach(() => {
  vi.useRealTimers();
});

const randomBytes = (count: number): Uint8Array =>
  Uint8Array.from({ length: count }, () => Math.floor(Math.random() * 256));

const cron = (now: number, bindings = mute) => {
  vi.setSystemTime(now);
  return worker.scheduled({ scheduledTime: now, cron: "* * * * *", noRetry: () => undefined }, bindings);
};

/** The steps that delete something of a film or an upload. Old exports go in the cron's first minute of an hour. */
const deleting = [
  "purge deleted assets",
  "delete failed output",
  "remove retired renditions",
  "sweep orphans",
].map((name) => {
  const step = pipelineSteps.find(([itsName]) => itsName === name);
  if (step === undefined) throw new Error(`there is no step ${name}`);
  return step;
});
const expire: CronStep = [
  "expire uploads",
  (bindings, now, _room, gate) => expireUploads(bindings, now, gate),
];

/** Runs the cron's minutes, `atOnce` runs of each. */
async function runFrom(from: number, until: number, atOnce = 1, bindings = mute): Promise<void> {
  const keys = (await stored()).join(" ");
  const slices = new Set([...keys.matchAll(/(?:ast|upl)_(..)/g)].map(([, letters]) => letters));
  const run = async (now: number) => {
    if (Math.floor(now / minuteMs) % 4320 === 0) await cron(now, bindings);
    else if (now === from || slices.has(sliceAt(now))) await runSteps(bindings, now, [expire, ...deleting]);
  };
  for (let now = from; now < until; now += minuteMs) {
    await Promise.all(Array.from({ length: atOnce }, () => run(now)));
  }
}

/** All that both buckets hold, with each object's etag, but for what is written again and again: stamps, and the edge's. */
async function stored(): Promise<string[]> {
  const pages = await Promise.all([env.SOURCES.list(), env.MEDIA.list()]);
  return pages.flatMap(({ objects }) =>
    objects.filter(({ key }) => !/^(epoch\.json$|edge\/)/.test(key)).map(({ key, etag }) => `${key} ${etag}`),
  );
}

/** What has gone, or was written over, since `before`. */
async function lostSince(before: string[]): Promise<string[]> {
  return [...new Set(before).difference(new Set(await stored()))];
}

const codes = async () => (await lastingAlarms(db)).map(({ code }) => code);

/** A published film with its source, a film that was deleted 25 days ago, and an upload that was cancelled 25 days ago. */
async function aLibrary() {
  await cron(start - minuteMs);
  const { assetId } = await aPublishedFilm(env, start);
  const deleted = await anAsset(env, start - 40 * dayMs);
  for (const id of [assetId, deleted]) await putSource(id);
  await env.MEDIA.put(`media/${deleted}/v/init.mp4`, "x");
  await deleteAsset(env, deleted, "prd_1", start);
  await db
    .update(assets)
    .set({ deletedAt: start - 25 * dayMs })
    .where(eq(assets.id, deleted));
  const upload = newId("upload");
  await putUpload({
    ...{ id: upload, assetId: newId("asset"), status: "cancelled", updatedAt: start - 25 * dayMs },
  });
  await env.SOURCES.put(`sources/${upload}`, "cancelled");
  return { film: assetId, deleted, upload };
}

/** Stores an asset's source, and what its upload and its row say of it. */
async function putSource(assetId: string): Promise<void> {
  const row = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  const { sourceKey = "", uploadId = "" } = row ?? {};
  const put = await env.SOURCES.put(sourceKey, `source of ${assetId}`);
  await db
    .update(assets)
    .set({ sourceBytes: put?.size ?? 0, sourceEtag: put?.etag ?? "" })
    .where(eq(assets.id, assetId));
  await putUpload({ id: uploadId, assetId, status: "asset_created", updatedAt: start });
}

type Upload = typeof uploads.$inferInsert;

async function putUpload(upload: Pick<Upload, "id" | "assetId" | "status" | "updatedAt">): Promise<void> {
  await db.insert(uploads).values({
    ...{ producerId: "p", titleId: newId("title"), filename: "f", partBytes: 1, multipartId: "m" },
    ...{ sourceKey: `sources/${upload.id}`, createdAt: 0, expiresAt: 0, ...upload },
  });
}

test("with the right database only what was deleted 30 days ago goes, also when two crons run at once", async () => {
  const { deleted, upload } = await aLibrary();
  const before = await stored();
  await runFrom(start, start + 7 * dayMs, 2);
  const gone = await lostSince(before);
  const source = (await db.select().from(assets).where(eq(assets.id, deleted)).get())?.sourceKey ?? "";
  expect(gone.map((line) => line.split(" ")[0])).toEqual(
    expect.arrayContaining([source, `sources/${upload}`, `media/${deleted}/v/init.mp4`]),
  );
  expect(gone.length).toBe(3);
  expect(await codes()).toEqual([]);
});

test("an emptied database deletes nothing", async () => {
  await aLibrary();
  const before = await stored();
  await emptyDatabase(env.DB);
  await runFrom(start, start + 7 * dayMs);
  expect(await lostSince(before)).toEqual([]);
  expect(await codes()).toContain("database_foreign");
});

test("another service's database deletes nothing, though it knows these films as deleted long ago", async () => {
  const { film } = await aLibrary();
  const before = await stored();
  await db
    .update(assets)
    .set({ deletedAt: start - 60 * dayMs, deletedBy: "prd_2" })
    .where(eq(assets.id, film));
  await env.DB.prepare("update service_state set value = ? where name = 'epoch'")
    .bind(JSON.stringify({ epoch: crypto.randomUUID(), generation: 1_000_000 }))
    .run();
  await runFrom(start, start + 7 * dayMs);
  expect(await lostSince(before)).toEqual([]);
  expect(await codes()).toEqual(["database_foreign", "export_stopped"]);
});

test("a database restored to 8 days ago deletes nothing, nor does it when an operator takes it over", async () => {
  const { deleted } = await aLibrary();
  const copy = await copyRows(env.DB);
  const then = start + 8 * dayMs;
  expect(await undeleteAsset(mute, deleted, start + dayMs)).toBe(true);
  // Only its generations matter here.
  for (let now = start + dayMs; now < then; now += dayMs / 4) await deletionGate(mute, now).mayDelete();
  const added = await aPublishedFilm(env, then);
  await putSource(added.assetId);
  await cron(then);
  const before = await stored();
  await putRowsBack(env.DB, copy);
  await runFrom(then + minuteMs, then + 7 * dayMs);
  expect(await lostSince(before)).toEqual([]);
  expect(await codes()).toContain("database_rolled_back");

  const taken = then + 7 * dayMs;
  await adoptEpoch(env, taken);
  await runFrom(taken, taken + 2 * dayMs);
  expect(await codes()).toEqual([]);
  const kept = await stored();
  for (const line of before.filter((one) => one.includes(deleted) || one.includes(added.assetId))) {
    expect(kept).toContain(line);
  }
});

test("a bucket whose stamp is gone deletes nothing until an operator says that it is the right one", async () => {
  const { deleted } = await aLibrary();
  await env.SOURCES.delete("epoch.json");
  const before = await stored();
  await runFrom(start, start + 7 * dayMs);
  expect(await lostSince(before)).toEqual([]);
  expect(await codes()).toEqual(["epoch_missing"]);
  await adoptEpoch(env, start + 7 * dayMs);
  expect(await codes()).toEqual([]);
  expect(await env.SOURCES.head("epoch.json")).not.toBeNull();
  // The grace has begun anew.
  expect(await undeleteAsset(mute, deleted, start + 30 * dayMs)).toBe(true);
});

test("a clock that runs a year ahead for an evening deletes nothing", async () => {
  await aLibrary();
  const before = await stored();
  await runFrom(start, start + dayMs);
  await runFrom(start + 366 * dayMs, start + 366 * dayMs + dayMs / 4);
  await runFrom(start + 1.25 * dayMs, start + 2 * dayMs);
  expect(await lostSince(before)).toEqual([]);
  expect(await codes()).toEqual([]);
});

test("what is deleted while the clock is a year late has its whole grace", async () => {
  const { film } = await aLibrary();
  await cron(start);
  const late = start - 365 * dayMs;
  await cron(late);
  await deleteAsset(env, film, "prd_1", late);
  const before = await stored();
  await runFrom(start + minuteMs, start + 4 * dayMs);
  expect(await lostSince(before)).toEqual([]);
  expect(await undeleteAsset(mute, film, start + 4 * dayMs)).toBe(true);
});

test("a bucket or a database that does not answer keeps the gate closed, and the films", async () => {
  await aLibrary();
  const before = await stored();
  const refuse = () => Promise.reject(new Error("(10001) We encountered an internal error"));
  const bucket = { get: refuse, list: refuse, head: refuse, put: refuse, delete: refuse };
  const noMedia: Env = { ...mute, MEDIA: bucket as never };
  const noDatabase: Env = {
    ...mute,
    DB: faultyDatabase(
      env.DB,
      async () => null,
      async () => "unreachable",
    ),
  };
  const now = start + 6 * dayMs;
  for (const bindings of [noMedia, noDatabase]) {
    expect(await deletionGate(bindings, now).mayDelete()).toBe(false);
    // Without its lease a run does nothing at all; the next minute's comes anyway.
    const runs = runFrom(now, now + 2 * dayMs, 1, bindings);
    if (bindings === noMedia) await runs;
    else
      await expect(runs).rejects.toMatchObject({
        cause: { message: expect.stringContaining("D1 is unreachable") },
      });
  }
  expect(await lostSince(before)).toEqual([]);
});
