import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import type { Ask } from "./ask-controller.ts";
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
    async () => isReachable,
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
