/** A finished film's plan, inspection and tasks leave D1 and come back, against real D1 and R2. */
import { env, exports } from "cloudflare:workers";
import { and, eq, ne } from "drizzle-orm";
import { expect, test } from "vitest";
import { aPublishedFilm, muted } from "../../../test/support/publish-film.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { lastingAlarms } from "../../catalog/alarms.ts";
import { archiveKeys } from "../../catalog/archive/archive-document.ts";
import { readRenditions } from "../../catalog/archive/read-renditions.ts";
import { openDatabase } from "../../catalog/database.ts";
import { alarms, assets, renditions, tasks, titles } from "../../catalog/schema.ts";
import { documentKeys, documentObject, parseDocument } from "../../playback/published/documents.ts";
import { publishChanges } from "../../publisher/publish-changes.ts";
import { deletionGate } from "../../safety/deletion-gate.ts";
import { adoptEpoch } from "../../safety/epoch-stamp.ts";
import { deleteAsset } from "../lifecycle/delete-asset.ts";
import { reencodeAsset } from "../lifecycle/reencode-asset.ts";
import { repairAsset } from "../lifecycle/repair-asset.ts";
import { ordinaryRecipe } from "../plan/recipe.ts";
import { archiveFinished } from "../reconcile/archive-finished.ts";
import { purgeDeleted } from "../reconcile/purge-deleted.ts";
import { removeRetired } from "../reconcile/remove-retired.ts";
import { scrubAsset } from "../reconcile/scrub-asset.ts";
import { archiveAsset } from "./archive-asset.ts";
import { restoreAsset } from "./restore-asset.ts";

const db = openDatabase(env);
const mute = muted(env);
const at = 1000;

const rowOf = (id: string) => db.select().from(assets).where(eq(assets.id, id)).get();
const tasksOf = (id: string) => db.select().from(tasks).where(eq(tasks.assetId, id)).orderBy(tasks.id);
const byKey = (a: { key: string }, b: { key: string }) => (a.key < b.key ? -1 : 1);
const renditionsOf = (id: string) =>
  db.select().from(renditions).where(eq(renditions.assetId, id)).orderBy(renditions.key);
async function loseArchive(assetId: string): Promise<void> {
  for (const bucket of [env.MEDIA, env.MEDIA_COPY]) await bucket?.delete(archiveKeys(assetId).plan);
}
const nothing = { renditions: [], slices: [], what: [] };

test("plan, inspection and tasks go, and come back as they were", async () => {
  const { assetId } = await aPublishedFilm(env, at);
  const before = {
    ...{ row: await rowOf(assetId), tasks: await tasksOf(assetId), renditions: await renditionsOf(assetId) },
  };
  expect(before.tasks.length).toBeGreaterThan(5);
  expect(before.renditions.length).toBeGreaterThan(3);
  expect(await archiveAsset(mute, assetId, 5000)).toBe(true);
  expect(await rowOf(assetId)).toMatchObject({ plan: null, inspection: null, archivedAt: 5000 });
  expect(await tasksOf(assetId)).toEqual([]);
  expect(await renditionsOf(assetId)).toEqual([]);
  expect((await readRenditions(env, assetId)).sort(byKey)).toEqual(before.renditions);
  expect(await archiveAsset(mute, assetId, 6000)).toBe(false);

  expect(await Promise.all([restoreAsset(mute, assetId), restoreAsset(mute, assetId)])).toEqual([true, true]);
  expect(await renditionsOf(assetId)).toEqual(before.renditions);
  const { taskSums: _, ...row } = (await rowOf(assetId)) ?? {};
  const { taskSums: __, ...earlier } = before.row ?? {};
  // Its turn at the scrubber comes when what publishing saw is old.
  expect(row).toEqual({ ...earlier, scrubAt: at + Number(env.SCRUB_AFTER_SECONDS) * 1000 });
  expect(await tasksOf(assetId)).toEqual(before.tasks);
});

test("the cron takes films whose work is done and rests, and no others", async () => {
  const { assetId } = await aPublishedFilm(env, at);
  const { assetId: open } = await aPublishedFilm(env, at);
  await db.update(assets).set({ work: "open" }).where(eq(assets.id, open));
  await archiveFinished(mute, at + 600_000, () => true);
  expect((await rowOf(assetId))?.archivedAt).toBeNull();
  await archiveFinished(mute, at + 600_001, () => true);
  expect((await rowOf(assetId))?.archivedAt).toBe(at + 600_001);
  expect(await rowOf(open)).toMatchObject({ archivedAt: null, plan: expect.anything() });
});

test("work that is opened while it is being archived keeps its tasks", async () => {
  const { assetId } = await aPublishedFilm(env, at);
  const slow: Env = {
    ...mute,
    MEDIA: new Proxy(env.MEDIA, {
      get: (bucket, name) => {
        if (name !== "put") return Reflect.get(bucket, name, bucket).bind(bucket);
        return async (key: string, text: string) => {
          await repairAsset(mute, assetId, nothing, 2000);
          await db.update(assets).set({ work: "open" }).where(eq(assets.id, assetId));
          return await bucket.put(key, text);
        };
      },
    }),
  };
  const count = (await tasksOf(assetId)).length;
  expect(await archiveAsset(slow, assetId, 5000)).toBe(false);
  expect((await tasksOf(assetId)).length).toBe(count);
  expect((await rowOf(assetId))?.plan).not.toBeNull();
});

test("an archived film is scrubbed, repaired, encoded anew, and archived again", async () => {
  const { assetId, plan } = await aPublishedFilm(env, at);
  await archiveAsset(mute, assetId, 5000);
  expect(await scrubAsset(mute, assetId, 6000)).toEqual([]);
  expect((await rowOf(assetId))?.archivedAt).toBe(5000);

  await env.MEDIA.delete(`media/${assetId}/${plan.video[0]?.key}/seg-00000.m4s`);
  expect(await scrubAsset(mute, assetId, 7000)).toHaveLength(1);
  const due = await db
    .select()
    .from(tasks)
    .where(and(eq(tasks.assetId, assetId), ne(tasks.status, "done")));
  expect(due).toMatchObject([{ kind: "video", ordinal: 0, status: "queued" }]);
  expect(await rowOf(assetId)).toMatchObject({ work: "open", archivedAt: null, status: "ready" });

  await db.update(tasks).set({ status: "done" }).where(eq(tasks.assetId, assetId));
  await db.update(assets).set({ work: "done" }).where(eq(assets.id, assetId));
  expect(await archiveAsset(mute, assetId, 8000)).toBe(true);
  expect(await reencodeAsset(mute, assetId, ordinaryRecipe, 9000)).toBe(true);
  expect((await tasksOf(assetId)).length).toBeGreaterThan(4);
});

test("a retired rendition stays in the database until it is removed, and is told of meanwhile", async () => {
  const { assetId } = await aPublishedFilm(env, at);
  const [one] = await renditionsOf(assetId);
  const key = one?.key ?? "";
  const isIt = and(eq(renditions.assetId, assetId), eq(renditions.key, key));
  await db.update(renditions).set({ status: "retired", removeAfter: 9000 }).where(isIt);
  await archiveAsset(mute, assetId, 5000);
  expect((await renditionsOf(assetId)).map((row) => row.key)).toEqual([key]);
  const all = await readRenditions(env, assetId);
  expect(all.filter((row) => row.key === key)).toMatchObject([{ status: "retired" }]);
  expect(all.length).toBeGreaterThan(3);
  await adoptEpoch(env, 9000);
  await removeRetired(mute, 9001, () => true, deletionGate(mute, 9001));
  expect(await renditionsOf(assetId)).toEqual([]);
  expect((await readRenditions(env, assetId)).map((row) => row.key)).not.toContain(key);
});

test("an archived film's document says what it said; without the archive a takedown still reaches the edge", async () => {
  const { assetId } = await aPublishedFilm(env, at);
  const titleId = (await rowOf(assetId))?.titleId ?? "";
  const documentNow = async () => {
    await publishChanges(env, Date.now());
    const stored = await env.MEDIA.get(documentObject(documentKeys.asset(assetId)));
    const document = parseDocument((await stored?.text()) ?? "");
    if (document?.kind !== "film") throw new Error("no film");
    const inOrder = document.renditions.toSorted(byKey);
    return { ...document, renditions: inOrder, seq: 0 };
  };
  const before = await documentNow();
  expect(before.renditions.length).toBeGreaterThanOrEqual(3);
  await archiveAsset(mute, assetId, 5004);
  await db.update(titles).set({ title: "Another name" }).where(eq(titles.id, titleId));
  expect(await documentNow()).toEqual({ ...before, title: "Another name" });

  await loseArchive(assetId);
  // As if an isolate that never read the archive did the next.
  await db.update(assets).set({ archivedAt: 5005 }).where(eq(assets.id, assetId));
  await db
    .update(titles)
    .set({ blockedCountries: ["DE"] })
    .where(eq(titles.id, titleId));
  const { rules, renditions: tracks } = await documentNow();
  expect([rules.blockedCountries, tracks]).toEqual([["DE"], before.renditions]);
  await db.delete(alarms);
});

test("an archive that the first bucket has lost is read from the second", async () => {
  const { assetId } = await aPublishedFilm(env, at);
  const before = { tasks: await tasksOf(assetId), renditions: await renditionsOf(assetId) };
  await archiveAsset(mute, assetId, 5006);
  for (const key of Object.values(archiveKeys(assetId))) await env.MEDIA.delete(key);
  expect(await restoreAsset(mute, assetId)).toBe(true);
  expect({ tasks: await tasksOf(assetId), renditions: await renditionsOf(assetId) }).toEqual(before);
});

test("a lost archive is an alarm that says what to do, and costs nobody the film", async () => {
  const { assetId } = await aPublishedFilm(env, at);
  await archiveAsset(mute, assetId, 5001);
  await loseArchive(assetId);
  expect(await scrubAsset(mute, assetId, 6000)).toEqual([]);
  expect(await repairAsset(mute, assetId, nothing, 6000)).toBe(false);
  expect(await rowOf(assetId)).toMatchObject({ status: "ready", work: "done" });
  expect(await lastingAlarms(db)).toMatchObject([
    { code: "archive_missing", detail: expect.stringContaining(assetId) },
  ]);
  await db.delete(alarms);
});

test("the API tells the same of an archived film: ladder, progress, encoder seconds", async () => {
  const { producerId, key } = await seedProducer(env);
  const { assetId } = await aPublishedFilm(env, at);
  await db.update(assets).set({ producerId }).where(eq(assets.id, assetId));
  await db.update(tasks).set({ cpuSeconds: 1.5 }).where(eq(tasks.assetId, assetId));
  const ask = async (): Promise<Record<string, unknown>> => {
    const response = await exports.default.fetch(`https://marquee.test/v1/assets/${assetId}`, {
      headers: { Authorization: `Bearer ${key}` },
    });
    return await response.json();
  };
  const before = await ask();
  expect(before.ladder).not.toBeNull();
  await archiveAsset(mute, assetId, 5002);
  expect({ ...(await ask()), playback_url: null }).toEqual({ ...before, playback_url: null });
});

test("a deleted film's archive goes with it", async () => {
  const { assetId } = await aPublishedFilm(env, at);
  await archiveAsset(mute, assetId, 5003);
  await deleteAsset(mute, assetId, "prd_1", 6000);
  const later = 6000 + 31 * 86_400_000;
  await adoptEpoch(env, later);
  // With an adoption every grace begins anew: this one is over already.
  await db.update(assets).set({ deletedAt: 6000 }).where(eq(assets.id, assetId));
  await purgeDeleted(mute, later, () => true, deletionGate(mute, later));
  expect((await env.MEDIA.list({ prefix: `plans/${assetId}` })).objects).toEqual([]);
});
