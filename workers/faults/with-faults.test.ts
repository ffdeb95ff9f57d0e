import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import type { Ask, Weather } from "./ask-controller.ts";
import { faultyBucket } from "./faulty-bucket.ts";
import { faultyDatabase } from "./faulty-database.ts";
import { withFaults } from "./with-faults.ts";

afterEach(() => vi.restoreAllMocks());

test("without a controller the bindings are the platform's own", () => {
  expect(withFaults(env)).toBe(env);
});

test("in the cloud, where no local transcoder is named, the seam stays shut whatever FAULTS says", () => {
  const cloud: Env = { ...env, FAULTS: "http://127.0.0.1:1", TRANSCODER_URL: "" };
  expect(withFaults(cloud)).toBe(cloud);
});

test("a controller that is not there lets nothing fail", async () => {
  vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("refused"));
  const laptop = withFaults({ ...env, FAULTS: "http://127.0.0.1:1", TRANSCODER_URL: "http://127.0.0.1:9" });
  expect(laptop.MEDIA).not.toBe(env.MEDIA);
  await laptop.MEDIA.put("whole", "text");
  expect(await (await laptop.MEDIA.get("whole"))?.text()).toBe("text");
});

test("a put that fails stores nothing; one that loses its answer has stored all", async () => {
  const answers = ["fail", "lose_answer"];
  const ask: Ask = async (point) => (point === "put" ? (answers.shift() ?? null) : null);
  const bucket = faultyBucket(env.MEDIA, ask);
  await expect(bucket.put("a", "1")).rejects.toThrow("did not take");
  expect(await env.MEDIA.get("a")).toBeNull();
  await expect(bucket.put("a", "1")).rejects.toThrow("did not say");
  expect(await (await env.MEDIA.get("a"))?.text()).toBe("1");
});

test("a cut source breaks off before its end", async () => {
  await env.SOURCES.put("sources/film", new Uint8Array(200_000));
  const bucket = faultyBucket(env.SOURCES, async (point) => (point === "read" ? "cut" : null));
  const object = await bucket.get("sources/film");
  await expect(object?.arrayBuffer()).rejects.toThrow();
});

test("an unreachable database fails whatever is asked of it, sessions and batches too", async () => {
  let isReachable = false;
  const database = faultyDatabase(
    env.DB,
    async () => null,
    async () => (isReachable ? "well" : "unreachable"),
  );
  const one = () => database.prepare("select 1 n").first<number>("n");
  await expect(one()).rejects.toThrow("unreachable");
  await expect(database.batch([database.prepare("select 1")])).rejects.toThrow("unreachable");
  await expect(database.withSession().prepare("select 1").run()).rejects.toThrow("unreachable");
  isReachable = true;
  expect(await one()).toBe(1);
  expect((await database.withSession().prepare("select 1 n").run()).results).toEqual([{ n: 1 }]);
});

test("reads of D1 never fail; a write fails before or after it is done, in batches too", async () => {
  await env.DB.prepare("create table if not exists marks (n integer)").run();
  const answers = ["fail", "lose_answer", "fail"];
  const database = faultyDatabase(env.DB, async () => answers.shift() ?? null);
  const insert = () => database.prepare("insert into marks values (?)").bind(1);
  const count = () => database.prepare("select count(*) n from marks").first<number>("n");
  await expect(insert().run()).rejects.toThrow("did not write");
  expect(await count()).toBe(0);
  await expect(insert().run()).rejects.toThrow("did not say");
  expect(await count()).toBe(1);
  await expect(database.batch([insert(), insert()])).rejects.toThrow("did not write");
  await database.batch([insert(), insert()]);
  expect(await count()).toBe(3);
});

test("a read-only or full database reads on and takes no write; a slow one answers when it is well again", async () => {
  await env.DB.prepare("create table if not exists marks (n integer)").run();
  let weather: Weather["database"] = "read-only";
  const database = faultyDatabase(
    env.DB,
    async () => null,
    async () => weather,
  );
  const write = () => database.prepare("insert into marks values (1)").run();
  await expect(write()).rejects.toThrow("readonly");
  expect(await database.prepare("select 1 n").first("n")).toBe(1);
  weather = "full";
  await expect(write()).rejects.toThrow("maximum DB size");
  weather = "slow";
  let isOver = false;
  const read = database
    .prepare("select 1 n")
    .first("n")
    .then(() => isOver);
  await database.prepare("select 1").bind();
  isOver = true;
  weather = "well";
  expect(await read).toBe(true);
});

test("a failing bucket fails whatever is asked of it", async () => {
  let weather: Weather["buckets"] = "failing";
  const bucket = faultyBucket(
    env.MEDIA,
    async () => null,
    async () => weather,
  );
  for (const call of [
    () => bucket.get("a"),
    () => bucket.head("a"),
    () => bucket.list(),
    () => bucket.delete("a"),
  ]) {
    await expect(call()).rejects.toThrow("10001");
  }
  weather = "well";
  expect(await bucket.get("nothing")).toBeNull();
});
