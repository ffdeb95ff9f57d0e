/** Tasks in real D1: claiming, losing and resending, with the clock in the test's hands. */
import { env } from "cloudflare:workers";
import { eq, inArray } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { openDatabase } from "../catalog/database.ts";
import { assets, tasks } from "../catalog/schema.ts";
import { dispatchTasks } from "./dispatch.ts";
import { stages } from "./stages.ts";
import { insertTasks } from "./store-plan.ts";
import {
  claimTask,
  failTask,
  finishTask,
  heartbeat,
  leaseMs,
  postponeTask,
  type TaskRow,
} from "./task-lease.ts";

const db = openDatabase(env);
let assetId = "";
let count = 0;

const spec = { kind: "inspect" as const, bytes: 1 };

beforeEach(async () => {
  assetId = `ast_${++count}`;
  await db.insert(assets).values({
    ...{ id: assetId, producerId: "prd_1", titleId: "ttl_1", uploadId: `upl_${count}`, status: "preparing" },
    ...{ filename: "film.mp4", sourceKey: `sources/${count}`, sourceBytes: 1, sourceEtag: "e" },
    ...{ createdAt: 0, updatedAt: 0 },
  });
});

async function aTask(status: "queued" | "pending" = "queued"): Promise<string> {
  await insertTasks(env, assetId, [{ kind: "inspect", ordinal: 0, stage: 0, priority: 0, spec }]);
  const id = `${assetId}.0.inspect.0`;
  await db.update(tasks).set({ status, queuedAt: 0 }).where(eq(tasks.id, id));
  return id;
}

async function claim(id: string, lease: string, now: number): Promise<TaskRow> {
  const row = await claimTask(db, id, lease, now);
  if (row === null) throw new Error("not claimed");
  return row;
}

test("of two consumers with the same message, one gets the task", async () => {
  const id = await aTask();
  const claims = await Promise.all([claimTask(db, id, "a", 1000), claimTask(db, id, "b", 1000)]);
  expect(claims.filter((row) => row !== null)).toHaveLength(1);
});

test("a lease that runs out can be taken over, and then the first holder can do nothing more", async () => {
  const id = await aTask();
  const first = await claim(id, "a", 0);
  expect(await claimTask(db, id, "b", leaseMs)).toBeNull();
  const second = await claim(id, "b", leaseMs + 1);
  expect(second.attempts).toBe(2);
  const error = { code: "x", detail: "x", log: "" };
  expect(await heartbeat(db, first, 0.5, leaseMs + 2)).toBe(false);
  expect(await finishTask(db, first, { reportKey: "k", cpuSeconds: 1 }, leaseMs + 2)).toBe(false);
  expect(await postponeTask(db, first, error, { notBefore: 0, countAttempt: true }, leaseMs + 2)).toBe(false);
  expect(await failTask(db, first, error, leaseMs + 2)).toBe(false);
  const asset = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  expect(asset?.status).toBe("preparing");
  expect(await finishTask(db, second, { reportKey: "k", cpuSeconds: 1 }, leaseMs + 3)).toBe(true);
});

test("heartbeats keep a lease, and stop when the asset is deleted", async () => {
  const row = await claim(await aTask(), "a", 0);
  expect(await heartbeat(db, row, 0.5, leaseMs - 1)).toBe(true);
  expect(await claimTask(db, row.id, "b", leaseMs + 1)).toBeNull();
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

test("an attempt that never reached a transcoder is not counted", async () => {
  const row = await claim(await aTask(), "a", 0);
  const error = { code: "transcoder_unreachable", detail: "x", log: "" };
  await postponeTask(db, row, error, { notBefore: 9, countAttempt: false }, 5);
  const after = await db.select().from(tasks).where(eq(tasks.id, row.id)).get();
  expect(after).toMatchObject({ status: "queued", attempts: 0, notBefore: 9 });
});

test("a window of tasks is outstanding at a time, lower stages first", async () => {
  const many = (stage: number, kind: "video" | "audio", length: number) =>
    Array.from({ length }, (_, ordinal) => ({ kind, ordinal, stage, priority: 10, spec }));
  await insertTasks(env, assetId, [...many(stages.audio, "audio", 2), ...many(stages.encode, "video", 30)]);
  expect(await dispatchTasks(env, assetId, 1)).toBe(8);
  // The queue's consumer may have claimed one already; no transcoder answers it here.
  const queued = await db
    .select()
    .from(tasks)
    .where(inArray(tasks.status, ["queued", "running"]));
  const mine = queued.filter((task) => task.assetId === assetId);
  expect(mine.map(({ kind, ordinal }) => `${kind}${ordinal}`).sort()).toEqual(
    Array.from({ length: 8 }, (_, n) => `video${n}`),
  );
  expect(await dispatchTasks(env, assetId, 2)).toBe(0);
});
