/** A claim without the scheduler costs the same whatever waits: counted by D1 itself. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { countStatements } from "../../../test/support/count-statements.ts";
import { anAsset } from "../../../test/support/publish-film.ts";
import { queueFilms } from "../../../test/support/queue-films.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, tasks } from "../../catalog/schema.ts";
import { claimNextTask } from "./claim-next.ts";
import { claimTask } from "./task-lease.ts";

beforeEach(async () => {
  await env.DB.batch([env.DB.prepare("delete from tasks"), env.DB.prepare("delete from assets")]);
});

test("with 50,000 tasks queued a claim reads at most 50 rows, in either lane", async () => {
  for (const from of [0, 100, 200, 300, 400]) {
    await queueFilms(env, { films: 100, heavy: 90, light: 10, from, producer: `prd_${from}` });
  }
  const counted = countStatements(env);
  const db = openDatabase(counted.env);
  for (const lane of ["heavy", "light"] as const) {
    for (let n = 0; n < 40; n++) {
      const before = counted.rowsRead();
      expect(await claimNextTask(db, `${lane}${n}`, 1000, lane)).not.toBeNull();
      expect(counted.rowsRead() - before).toBeLessThanOrEqual(50);
    }
  }
  const waiting = await db.select({ id: tasks.id }).from(tasks).where(eq(tasks.status, "queued")).limit(1);
  const before = counted.rowsRead();
  expect(await claimTask(db, waiting[0]?.id ?? "", "by id", 1000)).not.toBeNull();
  expect(counted.rowsRead() - before).toBeLessThanOrEqual(10);
});

test("a producer's single film gets its share beside 500 clips of another, with 50,000 tasks queued", async () => {
  await queueFilms(env, { films: 500, heavy: 90, light: 10, producer: "prd_many" });
  const [film] = await queueFilms(env, { films: 1, heavy: 30, light: 0, from: 90_000, producer: "prd_one" });
  const counted = countStatements(env);
  const db = openDatabase(counted.env);
  const taken: string[] = [];
  for (let n = 0; n < 20; n++) {
    const before = counted.rowsRead();
    taken.push((await claimNextTask(db, `l${n}`, 1000, "heavy"))?.assetId ?? "");
    expect(counted.rowsRead() - before).toBeLessThanOrEqual(50);
  }
  expect(taken.slice(0, 2)).toContain(film);
  // Beyond the number up to which running tasks are counted, either may be next.
  expect(taken.slice(0, 8).filter((id) => id === film)).toHaveLength(4);
});

test("many producers whose tasks are postponed do not hide one whose task is due", async () => {
  const db = openDatabase(env);
  for (const producer of ["prd_a", "prd_b"]) {
    await queueFilms(env, { films: 1, heavy: 2, light: 0, from: producer === "prd_a" ? 10 : 20, producer });
  }
  await db.update(tasks).set({ notBefore: 5000 });
  const [film] = await queueFilms(env, { films: 1, heavy: 1, light: 0, from: 30, producer: "prd_c" });
  expect((await claimNextTask(db, "l", 1000, "heavy"))?.assetId).toBe(film);
  expect(await claimNextTask(db, "m", 1000, "heavy")).toBeNull();
});

test("tasks of a film that is not wanted any more leave the queue instead of standing in it", async () => {
  const db = openDatabase(env);
  const unwanted = await anAsset(env, 0);
  await queueFilms(env, { films: 1, heavy: 3, light: 0 });
  await db.insert(tasks).values(
    [0, 1].map((n) => ({
      ...{ id: `${unwanted}.5.video.${n}`, assetId: unwanted, kind: "video" as const, ordinal: n, stage: 5 },
      producerId: "prd_1",
      ...{ priority: 1, status: "queued" as const, queuedAt: 0, spec: {} },
    })),
  );
  await db.update(assets).set({ deletedAt: 1 }).where(eq(assets.id, unwanted));
  expect((await claimNextTask(db, "l", 1000, "heavy"))?.assetId).not.toBe(unwanted);
  const left = await db.select().from(tasks).where(eq(tasks.assetId, unwanted));
  expect(left.map(({ status }) => status)).toEqual(["pending", "pending"]);
});

test("a priority whose tasks are all postponed does not hold up the next one", async () => {
  const db = openDatabase(env);
  await queueFilms(env, { films: 6, heavy: 2, light: 0 });
  await db.update(tasks).set({ priority: 4, notBefore: 5000 }).where(eq(tasks.ordinal, 0));
  const row = await claimNextTask(db, "l", 1000, "heavy");
  expect(row).toMatchObject({ priority: 10, ordinal: 1 });
});
