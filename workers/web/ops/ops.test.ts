/** The operators' page and the gauges behind it. */
import { env, exports } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, expect, test } from "vitest";
import { muted } from "../../../test/support/publish-film.ts";
import { seedFilm } from "../../../test/support/seed-film.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { beginSession } from "../../api/session.ts";
import { lastingAlarms, raiseAlarm } from "../../catalog/alarms.ts";
import { openDatabase } from "../../catalog/database.ts";
import { alarms, assets, deadLetters } from "../../catalog/schema.ts";
import { alarmsOf, watchGauges } from "../../pipeline/reconcile/gauges.ts";
import { reconcile } from "../../pipeline/reconcile/reconcile.ts";
import { adoptEpoch } from "../../safety/epoch-stamp.ts";

const db = openDatabase(env);

afterEach(async () => {
  for (const table of [alarms, deadLetters]) await db.delete(table);
});

async function as(options: { isOperator: boolean }, path: string, init: RequestInit = {}): Promise<Response> {
  const { key } = await seedProducer(env, options);
  const begun = await beginSession(env, key, Date.now());
  const headers = {
    Cookie: `__Host-marquee_session=${begun?.token}`,
    Accept: "text/html",
    Origin: "https://marquee.test",
  };
  return await exports.default.fetch(
    new Request(`https://marquee.test${path}`, { ...init, headers, redirect: "manual" }),
  );
}

test("operators see gauges, alarms and dead letters in words; others see nothing of them", async () => {
  const { assetId } = await seedFilm(env);
  // With its source, which the cron would raise an alarm about otherwise.
  const asset = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  const source = await env.SOURCES.put(asset?.sourceKey ?? "", "a film");
  await db
    .update(assets)
    .set({ sourceBytes: source?.size, sourceEtag: source?.etag })
    .where(eq(assets.id, assetId));
  await adoptEpoch(env, Date.now());
  await raiseAlarm(db, "sweep_fuse", "Too much is unknown. <Look>", Date.now() - 120_000);
  await db.insert(deadLetters).values({ id: "dlt_1", queue: "q", body: { taskId: "t1" }, createdAt: 1 });
  await reconcile(muted(env), Date.now());
  const page = await as({ isOperator: true }, "/ops");
  expect(page.status).toBe(200);
  const html = await page.text();
  for (const words of [
    "One alarm",
    "sweep_fuse",
    "&lt;Look&gt;",
    "Titles ever added",
    "taskId",
    "Send again",
  ]) {
    expect(html).toContain(words);
  }
  expect(html).toContain("Ran just now");
  const refused = await as({ isOperator: false }, "/ops");
  expect(refused.status).toBe(403);
  expect(await refused.text()).not.toContain("sweep_fuse");
  const signedOut = await exports.default.fetch("https://marquee.test/ops", {
    headers: { Accept: "text/html" },
  });
  expect(await signedOut.text()).toContain('name="next" value="/ops"');
});

test("a dead letter is sent again from the page; one that is gone is a 404", async () => {
  await db.insert(deadLetters).values({ id: "dlt_2", queue: "q", body: { taskId: "t2" }, createdAt: 1 });
  const sent = await as({ isOperator: true }, "/ops/dead-letters/dlt_2/rerun", { method: "POST" });
  expect([sent.status, sent.headers.get("Location")]).toEqual([303, "/ops"]);
  expect((await as({ isOperator: false }, "/ops/dead-letters/dlt_2/rerun", { method: "POST" })).status).toBe(
    403,
  );
  expect((await as({ isOperator: true }, "/ops/dead-letters/dlt_9/rerun", { method: "POST" })).status).toBe(
    404,
  );
});

test("the API and /healthz tell the same", async () => {
  await reconcile(muted(env), Date.now());
  const { key } = await seedProducer(env, { isOperator: true });
  const gauges = await exports.default.fetch("https://marquee.test/v1/ops/gauges", {
    headers: { Authorization: `Bearer ${key}` },
  });
  expect(await gauges.json()).toMatchObject({
    database: { bytes: expect.any(Number), limit_bytes: 10_000_000_000, titles: expect.any(Number) },
    tasks: { queued: 0, running: 0 },
    cron: { lag: expect.any(Number), statements: { scrub: expect.any(Number) } },
    changes_behind: { edge: expect.any(Number) },
    alarms: [],
  });
  const health = await exports.default.fetch("https://marquee.test/healthz");
  expect(await health.json()).toMatchObject({
    gauges: { database_bytes: expect.any(Number), cron_lag: expect.any(Number) },
  });
});

test("sizes and followers that are far behind raise alarms that say what to do, and end when they are over", async () => {
  expect([...alarmsOf(5.9e9, { edge: 10 }).keys()]).toEqual([]);
  expect([...alarmsOf(6e9, {}).keys()]).toEqual(["database_filling"]);
  expect([...alarmsOf(8e9, { edge: 20_000 }).keys()]).toEqual(["database_nearly_full", "changes_waiting"]);
  await raiseAlarm(db, "database_filling", "It was.", 1);
  await watchGauges(env, 2);
  expect(await lastingAlarms(db)).toEqual([]);
});
