/** Tasks in real D1: claiming, losing and resending, with the clock in the test's hands. */
import { env } from "cloudflare:workers";
import { eq, inArray, sql } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { openDatabase } from "../../catalog/database.ts";
import { assets, tasks } from "../../catalog/schema.ts";
import { faultyQueue } from "../../faults/faulty-queue.ts";
import { stages } from "../plan/stages.ts";
import { reconcile } from "../reconcile/reconcile.ts";
import { claimNextTask } from "./claim-next.ts";
import { dispatchTasks } from "./dispatch.ts";
import { insertTasks } from "./store-plan.ts";
import {
  failTask,
  finishTask,
  heartbeat,
  leaseMs,
  postponeTask,
  runsAlone,
  type TaskRow,
} from "./task-lease.ts";

const db = openDatabase(env);

/** Every message is lost, so that no consumer takes a task before the test does. */
const mute: Env = { ...env, TRANSCODE_QUEUE: faultyQueue(env.TRANSCODE_QUEUE, async () => "drop") };
let assetId = "";
let count = 0;

const spec = { kind: "inspect" as const, bytes: 1 };

beforeEach(async () => {
  assetId = `ast_${++count}`;
  await db.delete(tasks);
  await db.delete(assets);
  await db.insert(assets).values({
    ...{ id: assetId, producerId: "prd_1", titleId: "ttl_1", uploadId: `upl_${count}`, status: "preparing" },
    ...{ filename: "film.mp4", sourceKey: `sources/${count}`, sourceBytes: 1, sourceEtag: "e" },
    ...{ createdAt: 0, updatedAt: 0 },
  });
});

async function aTask(status: "queued" | "pending" = "queued"): Promise<string> {
  await insertTasks(env, assetId, [{ kind: "inspect", ordinal: 0, stage: 0, needs: -1, priority: 0, spec }]);
  const id = `${assetId}.0.inspect.0`;
  await db.update(tasks).set({ status, queuedAt: 0 }).where(eq(tasks.id, id));
  return id;
}

async function claim(id: string, lease: string, now: number): Promise<TaskRow> {
  const row = await claimNextTask(db, lease, now);
  if (row?.id !== id) throw new Error(`claimed ${row?.id}, not ${id}`);
  return row;
}

test("of two consumers with the same message, one gets the task", async () => {
  await aTask();
  const claims = await Promise.all([claimNextTask(db, "a", 1000), claimNextTask(db, "b", 1000)]);
  expect(claims.filter((row) => row !== null)).toHaveLength(1);
});

test("a lease that runs out can be taken over, and then the first holder can do nothing more", async () => {
  const id = await aTask();
  const first = await claim(id, "a", 0);
  await reconcile(mute, leaseMs);
  expect(await claimNextTask(db, "b", leaseMs)).toBeNull();
  await reconcile(mute, leaseMs + 1);
  const second = await claim(id, "b", leaseMs + 1);
  expect(second.attempts).toBe(2);
  const error = { code: "x", detail: "x", log: "" };
  expect(await heartbeat(db, first, 0.5, leaseMs + 2)).toBe(false);
  expect(await finishTask(db, first, { reportKey: "k", cpuSeconds: 1 }, leaseMs + 2)).toBe(false);
  expect(await postponeTask(db, first, error, { notBefore: 0, countsAs: "attempt" }, leaseMs + 2)).toBe(
    false,
  );
  expect(await failTask(db, first, error, leaseMs + 2)).toBe(false);
  const asset = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  expect(asset?.status).toBe("preparing");
  expect(await finishTask(db, second, { reportKey: "k", cpuSeconds: 1 }, leaseMs + 3)).toBe(true);
});

test("heartbeats keep a lease, and stop when the asset is deleted", async () => {
  const row = await claim(await aTask(), "a", 0);
  expect(await heartbeat(db, row, 0.5, leaseMs - 1)).toBe(true);
  await reconcile(mute, leaseMs + 1);
  expect(await claimNextTask(db, "b", leaseMs + 1)).toBeNull();
  await db.update(assets).set({ deletedAt: 1 }).where(eq(assets.id, assetId));
  expect(await heartbeat(db, row, 0.6, leaseMs)).toBe(false);
});

test("a task that fails for good takes its asset with it, with the code", async () => {
  const row = await claim(await aTask(), "a", 0);
  expect(await failTask(db, row, { code: "no_video", detail: "None.", log: "l" }, 5)).toBe(true);
  const asset = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  expect(asset).toMatchObject({
    status: "errored",
    errorCode: "no_video",
    errorDetail: "None.",
    errorLog: "l",
  });
});

test("when a task fails for good its asset's others stop waiting and running", async () => {
  const row = await claim(await aTask(), "a", 0);
  const others = ["queued", "running", "done"] as const;
  await db.insert(tasks).values(
    others.map((status, ordinal) => ({
      ...{ id: `${assetId}.5.video.${ordinal}`, assetId, kind: "video" as const, ordinal, stage: 5, spec },
      ...{ priority: 10, status, queuedAt: 0, lease: status === "running" ? "b" : null },
    })),
  );
  expect(await failTask(db, row, { code: "no_video", detail: "None.", log: "l" }, 5)).toBe(true);
  const after = await db.select().from(tasks).where(eq(tasks.kind, "video"));
  expect(after.map(({ status, lease }) => [status, lease])).toEqual([
    ["pending", null],
    ["pending", null],
    ["done", null],
  ]);
});

test("an asset that plays already goes on playing when a later task fails", async () => {
  const row = await claim(await aTask(), "a", 0);
  await db.update(assets).set({ status: "ready" }).where(eq(assets.id, assetId));
  expect(await failTask(db, row, { code: "encoder_stalled", detail: "Stalled.", log: "l" }, 5)).toBe(true);
  const asset = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  expect(asset).toMatchObject({ status: "ready", work: "failed", errorCode: "encoder_stalled" });
});

test("what should run next: first renditions before the rest, then the asset with the least running", async () => {
  const video = (ordinal: number, priority: number) => ({
    kind: "video" as const,
    ordinal,
    stage: 3,
    needs: -1,
    priority,
    spec,
  });
  const long = assetId;
  await insertTasks(env, long, [video(0, 30), video(1, 10), video(2, 10)]);
  await db.insert(assets).values({
    ...{ id: `${long}b`, producerId: "prd_1", titleId: "ttl_1", uploadId: `${long}b`, status: "preparing" },
    ...{
      filename: "f",
      sourceKey: `sources/${long}b`,
      sourceBytes: 1,
      sourceEtag: "e",
      createdAt: 0,
      updatedAt: 0,
    },
  });
  await insertTasks(env, `${long}b`, [video(0, 10)]);
  await db
    .update(tasks)
    .set({ status: "queued", queuedAt: sql`case ${tasks.assetId} when ${long} then 0 else 5 end` });
  const order: string[] = [];
  for (let row = await claimNextTask(db, "a", 10); row !== null; row = await claimNextTask(db, "a", 10))
    order.push(row.id);
  expect(order).toEqual([
    `${long}.3.video.1`,
    `${long}b.3.video.0`,
    `${long}.3.video.2`,
    `${long}.3.video.0`,
  ]);
});

test("an attempt that never reached a transcoder is not counted, and one that died with it is counted apart", async () => {
  const row = await claim(await aTask(), "a", 0);
  const error = { code: "transcoder_unreachable", detail: "x", log: "" };
  const after = async () => await db.select().from(tasks).where(eq(tasks.id, row.id)).get();
  await postponeTask(db, row, error, { notBefore: 9, countsAs: "nothing" }, 5);
  expect(await after()).toMatchObject({ status: "queued", attempts: 0, deaths: 0, notBefore: 9 });
  const second = await claim(row.id, "b", 9);
  await postponeTask(db, second, error, { notBefore: 9, countsAs: "death" }, 9);
  expect(await after()).toMatchObject({ status: "queued", attempts: 0, deaths: 1 });
  const third = await claim(row.id, "c", 9);
  expect(runsAlone(third)).toBe(true);
  await finishTask(db, third, { reportKey: "k", cpuSeconds: 1 }, 10);
  expect(await after()).toMatchObject({ status: "done", deaths: 0 });
});

test("a window of tasks is outstanding at a time, lower stages first", async () => {
  const many = (stage: number, kind: "video" | "audio", length: number) =>
    Array.from({ length }, (_, ordinal) => ({ kind, ordinal, stage, needs: stage - 1, priority: 10, spec }));
  await insertTasks(env, assetId, [...many(stages.rest, "audio", 2), ...many(stages.first, "video", 70)]);
  expect(await dispatchTasks(env, assetId, 1)).toBe(60);
  // The queue's consumer may have claimed one already; no transcoder answers it here.
  const queued = await db
    .select()
    .from(tasks)
    .where(inArray(tasks.status, ["queued", "running"]));
  const mine = queued.filter((task) => task.assetId === assetId);
  expect(mine.map(({ kind, ordinal }) => `${kind}${ordinal}`).sort()).toEqual(
    Array.from({ length: 60 }, (_, n) => `video${n}`).sort(),
  );
  expect(await dispatchTasks(env, assetId, 2)).toBe(0);
});
