/** The reconciler against real D1 and R2, with the clock in the test's hands; all task messages are lost. */
import { env } from "cloudflare:workers";
import { eq, sql } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { countStatements } from "../../../test/support/count-statements.ts";
import { anAsset, aPublishedFilm, muted } from "../../../test/support/publish-film.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, tasks, uploads } from "../../catalog/schema.ts";
import { deletionGraceMs, purgeMarginMs } from "../../safety/deletion-grace.ts";
import { adoptEpoch } from "../../safety/epoch-stamp.ts";
import { newId } from "../../shared/new-id.ts";
import { deleteAsset } from "../lifecycle/delete-asset.ts";
import { patienceMs } from "../lifecycle/fail-stuck.ts";
import { abandonMezzanine, beginMezzanine } from "../storage/mezzanine-upload.ts";
import { claimNextTask } from "../tasks/claim-next.ts";
import { insertTasks } from "../tasks/store-plan.ts";
import { leaseMs } from "../tasks/task-lease.ts";
import { advanceStuck } from "./move-assets-on.ts";
import { reconcile } from "./reconcile.ts";

const db = openDatabase(env);
const mute = muted(env);
const start = 1_800_000_000_000;
const minuteMs = 60_000;
/** From deleting a film to its purge. */
const graceMs = deletionGraceMs(env) + purgeMarginMs;

beforeEach(async () => {
  await db.delete(tasks);
  await db.delete(assets);
  await db.delete(uploads);
});

const rowOf = (id: string) => db.select().from(assets).where(eq(assets.id, id)).get();
const tasksOf = (id: string) => db.select().from(tasks).where(eq(tasks.assetId, id));

async function waitingAsset(): Promise<string> {
  const id = await anAsset(env, start);
  await db.update(assets).set({ status: "waiting" }).where(eq(assets.id, id));
  return id;
}

/** An upload's row whose object (of 5 bytes) is whole in R2 although D1 says that it waits. */
async function missedUpload(length: number): Promise<string> {
  const id = newId("upload");
  const assetId = newId("asset");
  await db.insert(uploads).values({
    ...{ id, assetId, producerId: "prd_1", titleId: newId("title"), status: "waiting", filename: "film.mp4" },
    ...{ length, offset: 0, partBytes: 5, sourceKey: `sources/${id}`, multipartId: "m" },
    ...{ createdAt: start, updatedAt: start, expiresAt: start + 1e9 },
  });
  await env.SOURCES.put(`sources/${id}`, "bytes");
  return assetId;
}

async function anInspectTask(assetId: string): Promise<string> {
  await insertTasks(env, assetId, [
    {
      ...{ kind: "inspect", ordinal: 0, stage: 0, needs: -1, priority: 0 },
      spec: { kind: "inspect", bytes: 1 },
    },
  ]);
  return `${assetId}.0.inspect.0`;
}

test("an asset whose notification never came is inspected, but not before it is late", async () => {
  const id = await waitingAsset();
  await reconcile(mute, start + 20_000);
  expect((await rowOf(id))?.status).toBe("waiting");
  await reconcile(mute, start + 20_001);
  expect((await rowOf(id))?.status).toBe("preparing");
  expect(await tasksOf(id)).toMatchObject([{ kind: "inspect", status: "queued" }]);
});

test("an upload that is whole in R2 while D1 says that it waits becomes an asset; one of another size does not", async () => {
  const whole = await missedUpload(5);
  const short = await missedUpload(6);
  await reconcile(mute, start + minuteMs);
  expect(await rowOf(whole)).toBeUndefined();
  await reconcile(mute, start + minuteMs + 1);
  expect(await rowOf(whole)).toMatchObject({ status: "preparing", sourceBytes: 5 });
  expect(await rowOf(short)).toBeUndefined();
});

test("all waiting uploads have their turn, a page a minute", async () => {
  const ids = await Promise.all(Array.from({ length: 145 }, () => missedUpload(5)));
  const found = async () =>
    (
      await db
        .select()
        .from(assets)
        .where(sql`${assets.id} in (select value from json_each(${JSON.stringify(ids)}))`)
    ).length;
  for (let minute = 2; minute <= 30 && (await found()) < ids.length; minute++) {
    const before = await found();
    await reconcile(mute, start + minute * minuteMs);
    expect((await found()) - before).toBeLessThanOrEqual(100);
  }
  expect(await found()).toBe(ids.length);
});

test("a lost message is sent again after its time; a lease that ran out too, and only once", async () => {
  const sent: unknown[] = [];
  const counting: Env = {
    ...env,
    TRANSCODE_QUEUE: {
      ...mute.TRANSCODE_QUEUE,
      sendBatch: (messages) => {
        sent.push(...messages);
        return mute.TRANSCODE_QUEUE.sendBatch([]);
      },
    },
  };
  const id = await anAsset(env, start);
  const taskId = await anInspectTask(id);
  await db.update(tasks).set({ status: "queued", queuedAt: start });
  const silentMs = Number(env.STALE_QUEUE_SECONDS) * 1000;
  await reconcile(counting, start + silentMs);
  expect(sent).toEqual([]);
  await reconcile(counting, start + silentMs + 1);
  expect(sent).toEqual([{ body: { taskId } }]);
  // It still waits since it was queued, so it is still the one that waits longest.
  expect(await tasksOf(id)).toMatchObject([{ queuedAt: start }]);
  await reconcile(counting, start + silentMs + 2);
  expect(sent).toHaveLength(1);

  const now = start + silentMs + 3;
  expect(await claimNextTask(db, "dead", now)).not.toBeNull();
  await reconcile(counting, now + leaseMs);
  expect(sent).toHaveLength(1);
  await reconcile(counting, now + leaseMs + 1);
  expect(sent).toHaveLength(2);
  expect(await tasksOf(id)).toMatchObject([{ status: "queued", lease: null }]);
});

test("an asset that lost even its inspection gets it", async () => {
  const id = await anAsset(env, start);
  await reconcile(mute, start + minuteMs);
  expect(await tasksOf(id)).toMatchObject([{ kind: "inspect", status: "queued" }]);
});

test("a row that can't be moved on does not stop the others, and ends with a code when it stood still for hours", async () => {
  const broken = await anAsset(env, start);
  await db.update(assets).set({ plan: {} }).where(eq(assets.id, broken));
  await anInspectTask(broken);
  await db.update(tasks).set({ status: "done", finishedAt: start });
  const good = await waitingAsset();
  await reconcile(mute, start + patienceMs);
  expect((await rowOf(good))?.status).toBe("preparing");
  expect((await rowOf(broken))?.status).toBe("preparing");
  await reconcile(mute, start + patienceMs + 1);
  expect(await rowOf(broken)).toMatchObject({
    status: "errored",
    work: "failed",
    errorCode: "work_stands_still",
    errorDetail: expect.stringMatching(/^[A-Z].*\.$/),
  });
});

test("a bucket that does not answer stops nothing but what needs it", async () => {
  const refuse = () => Promise.reject(new Error("R2 is away"));
  const away: Env = { ...mute, MEDIA: { ...env.MEDIA, list: refuse, get: refuse, delete: refuse } as never };
  const deleted = await anAsset(env, start);
  await adoptEpoch(env, start);
  await db
    .update(assets)
    .set({ deletedAt: start - graceMs })
    .where(eq(assets.id, deleted));
  const waiting = await waitingAsset();
  await reconcile(away, start + 2 * minuteMs);
  expect((await rowOf(waiting))?.status).toBe("preparing");
  expect((await rowOf(deleted))?.purgedAt).toBeNull();
  await reconcile(mute, start + 3 * minuteMs);
  expect((await rowOf(deleted))?.purgedAt).toBe(start + 3 * minuteMs);
});

test("a delete that was cut short is finished, with a mezzanine's multipart upload", async () => {
  const { assetId } = await aPublishedFilm(env, start);
  const uploadId = await beginMezzanine(env, assetId);
  await adoptEpoch(env, start);
  await db
    .update(assets)
    .set({ deletedAt: start - graceMs })
    .where(eq(assets.id, assetId));
  await reconcile(mute, start + 2 * minuteMs);
  for (const prefix of [`media/${assetId}/`, `work/${assetId}/`, `reports/${assetId}/`]) {
    expect((await env.MEDIA.list({ prefix })).objects).toEqual([]);
  }
  const upload = env.SOURCES.resumeMultipartUpload(`remuxed/${assetId}.mkv`, uploadId);
  await expect(upload.uploadPart(1, "x")).rejects.toThrow();
});

test("all of a deleted film stays for its grace; then it goes, with what an attempt stored after it was deleted", async () => {
  const { assetId } = await aPublishedFilm(env, start);
  await deleteAsset(env, assetId, "prd_1", start);
  const count = async () => (await env.MEDIA.list({ prefix: `media/${assetId}/` })).objects.length;
  const before = await count();
  await env.MEDIA.put(`reports/${assetId}/tasks/3-poster-00000.json`, "late");
  await adoptEpoch(env, start + graceMs - minuteMs);
  await db.update(assets).set({ deletedAt: start }).where(eq(assets.id, assetId));
  await reconcile(mute, start + graceMs - minuteMs);
  expect(await count()).toBe(before);
  expect((await rowOf(assetId))?.purgedAt).toBeNull();
  const over = start + graceMs;
  await reconcile(mute, over);
  for (const prefix of [`media/${assetId}/`, `work/${assetId}/`, `reports/${assetId}/`]) {
    expect((await env.MEDIA.list({ prefix })).objects).toEqual([]);
  }
  expect(await rowOf(assetId)).toMatchObject({ purgedAt: over, deletedBy: "prd_1" });
});

test("a new attempt at a mezzanine aborts the one that a dead attempt left", async () => {
  const id = await anAsset(env, start);
  const dead = await beginMezzanine(env, id);
  const next = await beginMezzanine(env, id);
  const resume = (uploadId: string) => env.SOURCES.resumeMultipartUpload(`remuxed/${id}.mkv`, uploadId);
  await expect(resume(dead).uploadPart(1, "x")).rejects.toThrow();
  await resume(next).uploadPart(1, "x");
  await abandonMezzanine(env, id);
  await expect(resume(next).uploadPart(2, "x")).rejects.toThrow();
});

test("what attempts at an errored film left unnamed is removed; what is kept for a retry stays", async () => {
  const { assetId, plan } = await aPublishedFilm(env, start);
  const key = plan.video[0]?.key ?? "";
  await env.MEDIA.put(`media/${assetId}/${key}/seg-00009.m4s`, "left by a dead attempt");
  await env.MEDIA.put(`work/${assetId}/${plan.audio[0]?.key}/00009.flac`, "left too");
  await env.MEDIA.put(`media/${assetId}/storyboard-1/storyboard.vtt`, "of a publication that was cut short");
  const count = async () => (await env.MEDIA.list({ prefix: `media/${assetId}/` })).objects.length;
  const before = await count();
  const erroredAt = Date.now();
  await adoptEpoch(env, erroredAt);
  await db
    .update(assets)
    .set({ work: "failed", status: "errored", updatedAt: erroredAt })
    .where(eq(assets.id, assetId));
  await reconcile(mute, erroredAt + 29_000);
  expect(await count()).toBe(before);
  await reconcile(mute, erroredAt + 31_000);
  expect(await count()).toBe(before - 2);
  expect(await env.MEDIA.head(`media/${assetId}/${key}/seg-00009.m4s`)).toBeNull();
  expect(await env.MEDIA.head(`media/${assetId}/storyboard-1/storyboard.vtt`)).toBeNull();
  expect(await env.MEDIA.head(`media/${assetId}/${key}/playlist.m3u8`)).not.toBeNull();
  expect(await env.MEDIA.head(`work/${assetId}/${plan.audio[0]?.key}/00009.flac`)).toBeNull();
  expect(await env.MEDIA.head(`work/${assetId}/${plan.audio[0]?.key}/00000.flac`)).not.toBeNull();
});

test("deleting twice, or something that isn't there, is fine", async () => {
  const { assetId } = await aPublishedFilm(env, start);
  await deleteAsset(env, assetId, "prd_1", start + 1);
  await deleteAsset(env, assetId, "prd_1", start + 2);
  await deleteAsset(env, "ast_none", "prd_1", start + 2);
  expect((await rowOf(assetId))?.deletedAt).toBe(start + 1);
});

test("a film whose tasks wait or run is not looked at any further", async () => {
  const busy = await anAsset(env, start);
  await anInspectTask(busy);
  await db.update(tasks).set({ status: "queued", queuedAt: start }).where(eq(tasks.assetId, busy));
  const standing = await anAsset(env, start);
  const counted = countStatements(mute);
  await advanceStuck(counted.env, start + minuteMs, () => true);
  expect(await tasksOf(standing)).toMatchObject([{ kind: "inspect", status: "queued" }]);
  const both = counted.statements();
  await advanceStuck(counted.env, start + 2 * minuteMs, () => true);
  expect(counted.statements() - both).toBeLessThanOrEqual(2);
});
