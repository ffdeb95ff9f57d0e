/** Exports against real D1 and R2, with the clock in the test's hands. */
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { lastingAlarms } from "../catalog/alarms.ts";
import { openDatabase } from "../catalog/database.ts";
import { alarms, assets, changes, producers, renditions, serviceState, titles } from "../catalog/schema.ts";
import { writeState } from "../catalog/service-state.ts";
import { adoptEpoch } from "../safety/epoch-stamp.ts";
import { backUp } from "./back-up.ts";
import { getExport } from "./export-line.ts";

const db = openDatabase(env);
const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;
const start = Date.parse("2026-11-28T10:00:00Z");
const aTitle = { producerId: "prd_1", slug: "s", title: "T", createdAt: 1, updatedAt: 1 };

const keysOf = async (prefix: string): Promise<string[]> => {
  const { objects } = await env.SOURCES.list({ prefix });
  return objects.map(({ key }) => key.slice("exports/".length)).sort();
};

beforeEach(async () => {
  for (const table of [titles, assets, renditions, producers, serviceState, alarms]) await db.delete(table);
  await db.delete(changes);
  for (const bucket of [env.SOURCES, env.MEDIA]) {
    for (const { key } of (await bucket.list()).objects) await bucket.delete(key);
  }
});

test("each run with changes writes one file of rows as they are, and of those that are gone", async () => {
  await db.insert(producers).values({ id: "prd_1", name: "One", createdAt: 0 });
  await db.insert(titles).values([
    { ...aTitle, id: "ttl_1" },
    { ...aTitle, id: "ttl_2", slug: "t", allowedCountries: ["DE"] },
  ]);
  await db.delete(titles).where(undefined);
  await db.insert(titles).values({ ...aTitle, id: "ttl_3", title: "Drei „映画“\n" });
  await backUp(env, start);
  await backUp(env, start + minuteMs);
  const [file, ...others] = await keysOf("exports/changes/");
  expect(others).toEqual([]);
  expect(file).toMatch(/^changes\/2026-11-28T10:00Z-\d{12}\.jsonl$/);
  const { lines } = await getExport(env, `exports/${file}`);
  expect(lines.map((line) => [line.table, "row" in line ? line.row.id : line.gone])).toEqual([
    ["producers", "prd_1"],
    ["titles", { id: "ttl_1" }],
    ["titles", { id: "ttl_2" }],
    ["titles", "ttl_3"],
  ]);
  expect(lines.at(-1)).toMatchObject({
    row: { title: "Drei „映画“\n", blocked_countries: "[]", asset_id: null },
  });
});

test("a whole export goes on page by page, is done when it says so, and comes again a day later", async () => {
  const rows = Array.from({ length: 26_500 }, (_, n) => `prd_${String(n).padStart(6, "0")}`);
  await env.DB.prepare("insert into producers (id, name, created_at) select value, 'P', 0 from json_each(?)")
    .bind(JSON.stringify(rows))
    .run();
  await db.delete(changes);
  await backUp(env, start);
  const folder = "whole/2026-11-28T10:00Z/";
  expect(await keysOf("exports/whole/")).toHaveLength(15);
  await backUp(env, start + minuteMs);
  await backUp(env, start + 2 * minuteMs);
  const keys = await keysOf("exports/whole/");
  expect(keys).toContain(`${folder}done.json`);
  const done = await (await env.SOURCES.get(`exports/${folder}done.json`))?.json<{ tables: object }>();
  expect(done?.tables).toMatchObject({
    producers: { files: 27, rows: 26_500 },
    titles: { files: 0, rows: 0 },
  });
  const ids: unknown[] = [];
  for (let n = 0; n < 27; n++) {
    const { lines } = await getExport(env, `exports/${folder}producers-${n}.jsonl`);
    ids.push(...lines.map((line) => ("row" in line ? line.row.id : null)));
  }
  expect(ids).toEqual(rows);
  await backUp(env, start + dayMs - minuteMs);
  expect(await keysOf("exports/whole/")).toHaveLength(keys.length);
  await backUp(env, start + dayMs);
  expect((await keysOf("exports/whole/2026-11-29")).length).toBeGreaterThan(0);
});

test("two runs at once write one whole export", async () => {
  await db.insert(producers).values({ id: "prd_1", name: "One", createdAt: 0 });
  await Promise.all([backUp(env, start), backUp(env, start)]);
  await backUp(env, start + minuteMs);
  const done = (await keysOf("exports/whole/")).filter((key) => key.endsWith("done.json"));
  expect(done).toEqual(["whole/2026-11-28T10:00Z/done.json"]);
});

test("a clock that goes back does not put later changes before earlier ones", async () => {
  await db.insert(titles).values({ ...aTitle, id: "ttl_1" });
  await backUp(env, start);
  await db.update(titles).set({ title: "Later" });
  await backUp(env, start - 10 * minuteMs);
  const files = await keysOf("exports/changes/");
  expect(files).toHaveLength(2);
  const { lines } = await getExport(env, `exports/${files[1]}`);
  expect(lines[0]).toMatchObject({ row: { title: "Later" } });
});

test("another database, and an older state of this one, export nothing and raise an alarm", async () => {
  await db.insert(titles).values({ ...aTitle, id: "ttl_1" });
  const stamp = (epoch: string, generation: number) => JSON.stringify({ epoch, generation });
  for (const bucket of [env.SOURCES, env.MEDIA]) await bucket.put("epoch.json", stamp("this", 5));
  for (const own of [null, stamp("other", 9), stamp("this", 4)]) {
    if (own !== null) await writeState(db, "epoch", own, start);
    await backUp(env, start);
    expect(await keysOf("exports/"), String(own)).toEqual([]);
    expect((await lastingAlarms(db)).map(({ code }) => code)).toEqual(["export_stopped"]);
  }
  await writeState(db, "epoch", stamp("this", 5), start);
  await backUp(env, start);
  expect(await keysOf("exports/changes/")).toHaveLength(1);
  expect(await lastingAlarms(db)).toEqual([]);
});

test("an empty database does not export over another's exports, though nobody has marked the bucket", async () => {
  await db.insert(titles).values({ ...aTitle, id: "ttl_1" });
  await backUp(env, start);
  const before = await keysOf("exports/");
  for (const table of [titles, serviceState]) await db.delete(table);
  await db.delete(changes);
  for (let day = 1; day < 60; day++) await backUp(env, start + day * dayMs);
  expect(await keysOf("exports/")).toEqual(before);
});

test("exports go after 35 days, never the last ones, and only through an open gate", async () => {
  await db.insert(titles).values({ ...aTitle, id: "ttl_1" });
  await backUp(env, start);
  await db.update(titles).set({ title: "Later" });
  await backUp(env, start + dayMs);
  // The next whole export can't be finished, so the old ones are all there is.
  const put: R2Bucket["put"] = async (key: string, ...rest: unknown[]) => {
    if (key.startsWith("exports/whole/")) throw new Error("R2 is down");
    return await (env.SOURCES.put as (...args: unknown[]) => Promise<never>)(key, ...rest);
  };
  const broken = new Proxy(env.SOURCES, {
    get: (bucket, name) => {
      if (name === "put") return put;
      const member: unknown = Reflect.get(bucket, name);
      return typeof member === "function" ? member.bind(bucket) : member;
    },
  });
  const before = await keysOf("exports/");
  await backUp({ ...env, SOURCES: broken }, start + 60 * dayMs);
  expect(await keysOf("exports/")).toEqual(before);
  // A new whole export is done now, but the clock has jumped ahead.
  await backUp(env, start + 60 * dayMs + 60 * minuteMs);
  expect(await keysOf("exports/")).toEqual(expect.arrayContaining(before));
  await adoptEpoch(env, start + 60 * dayMs + 90 * minuteMs);
  await backUp(env, start + 60 * dayMs + 120 * minuteMs);
  await backUp(env, start + 60 * dayMs + 180 * minuteMs);
  const left = await keysOf("exports/");
  expect(left.length).toBeGreaterThan(0);
  expect(left.filter((key) => !/2027-01-2\d/.test(key))).toEqual([]);
});
