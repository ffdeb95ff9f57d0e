import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { endAlarm, lastingAlarms, raiseAlarm } from "./alarms.ts";
import { type Change, changeConsumers, consumeChanges, dropOldChanges, newestChange } from "./changes.ts";
import { openDatabase } from "./database.ts";
import { alarms, assets, changes, producers, serviceState, titles } from "./schema.ts";
import { replaceState } from "./service-state.ts";

const db = openDatabase(env);
const aTitle = { producerId: "prd_1", slug: "s", title: "T", createdAt: 1, updatedAt: 1 };

beforeEach(async () => {
  for (const table of [titles, assets, producers, changes, serviceState, alarms]) await db.delete(table);
  await db.delete(changes);
});

async function takeAll(consumer: (typeof changeConsumers)[number], limit = 100): Promise<string[]> {
  const taken: Change[] = [];
  await consumeChanges(db, consumer, limit, 1, async (found) => void taken.push(...found));
  return taken.map(({ scope, id }) => `${scope} ${id}`);
}

test("each change of what others follow is noted once, and progress is not", async () => {
  await db.insert(titles).values({ id: "ttl_1", ...aTitle });
  await db.update(titles).set({ title: "Other" });
  await db.insert(assets).values({
    ...{
      id: "ast_1",
      producerId: "prd_1",
      titleId: "ttl_1",
      uploadId: "upl_1",
      status: "preparing" as const,
    },
    ...{ filename: "f", sourceKey: "sources/1", sourceBytes: 1, sourceEtag: "e", createdAt: 0, updatedAt: 0 },
  });
  await db.update(assets).set({ plan: { a: 1 }, updatedAt: 5 });
  await db.update(assets).set({ status: "ready" });
  await db.delete(titles);
  expect(await takeAll("edge")).toEqual([
    ...["title ttl_1", "title ttl_1", "asset ast_1", "asset ast_1", "title ttl_1"],
  ]);
  expect(await takeAll("edge")).toEqual([]);
});

test("each consumer goes on where it was, and one that fails gets the same changes again", async () => {
  for (const id of ["a", "b", "c"]) await db.insert(producers).values({ id, name: id, createdAt: 0 });
  expect(await takeAll("edge", 2)).toEqual(["producer a", "producer b"]);
  const failing = consumeChanges(db, "edge", 2, 1, async () => {
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  expect(await takeAll("edge", 2)).toEqual(["producer c"]);
  expect(await takeAll("export", 2)).toEqual(["producer a", "producer b"]);
});

test("changes go when everybody has dealt with them, and numbers are never used again", async () => {
  for (const id of ["a", "b", "c"]) await db.insert(producers).values({ id, name: id, createdAt: 0 });
  await takeAll("edge");
  await dropOldChanges(db, 100);
  expect(await db.$count(changes)).toBe(3);
  for (const consumer of changeConsumers) await takeAll(consumer);
  const newest = await newestChange(db);
  await dropOldChanges(db, 100);
  expect(await db.$count(changes)).toBe(1);
  await db.delete(changes);
  await db.insert(producers).values({ id: "d", name: "d", createdAt: 0 });
  expect(await newestChange(db)).toBe(newest + 1);
});

test("state is replaced only by whoever read it last", async () => {
  expect(await replaceState(db, "x", { from: null, to: "1" }, 1)).toBe(true);
  expect(await replaceState(db, "x", { from: null, to: "2" }, 1)).toBe(false);
  expect(await replaceState(db, "x", { from: "2", to: "3" }, 1)).toBe(false);
  expect(await replaceState(db, "x", { from: "1", to: "3" }, 1)).toBe(true);
});

test("an alarm keeps the time at which it was raised until it ends", async () => {
  await raiseAlarm(db, "a", "Look at it.", 10);
  await raiseAlarm(db, "a", "Look at it now.", 20);
  expect(await lastingAlarms(db)).toMatchObject([
    { code: "a", detail: "Look at it now.", raisedAt: 10, lastSeenAt: 20 },
  ]);
  await endAlarm(db, "a", 30);
  expect(await lastingAlarms(db)).toEqual([]);
  await raiseAlarm(db, "a", "Again.", 40);
  expect(await lastingAlarms(db)).toMatchObject([{ raisedAt: 40, endedAt: null }]);
});
