/** What is brought to the edge, on real R2 and D1: nothing is lost when publishers die, meet, or come twice. */
import { env, exports } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, expect, test, vi } from "vitest";
import { z } from "zod";
import { chance } from "../../test/support/random.ts";
import { seedProducer } from "../../test/support/seed-producer.ts";
import { seedTitle } from "../../test/support/seed-title.ts";
import { lastingAlarms } from "../catalog/alarms.ts";
import { newestChange } from "../catalog/changes.ts";
import { openDatabase } from "../catalog/database.ts";
import { assets, titles } from "../catalog/schema.ts";
import { documentObject, type EdgeDocument, parseDocument } from "../playback/published/documents.ts";
import { type Feed, feedKey, parseFeed } from "../playback/published/feed.ts";
import { publish } from "./edge/publish.ts";
import { publishChanges } from "./publish-changes.ts";

const db = openDatabase(env);
const untold = () => undefined;

afterEach(() => vi.restoreAllMocks());

async function documentOf(key: string): Promise<EdgeDocument | null> {
  const stored = await env.MEDIA.get(documentObject(key));
  return stored === null ? null : parseDocument(await stored.text());
}

async function feedNow(): Promise<Feed> {
  return parseFeed((await (await env.MEDIA.get(feedKey))?.text()) ?? "");
}

async function rename(titleId: string, title: string): Promise<void> {
  await db.update(titles).set({ title }).where(eq(titles.id, titleId));
}

test("a change of a title is written to all its documents, and then named in the feed", async () => {
  const { titleId, assetId, slug } = await seedTitle(env);
  await publishChanges(env, Date.now(), untold);
  const before = await feedNow();
  await rename(titleId, "Renamed");
  await publishChanges(env, Date.now(), untold);
  const keys = [`titles/${titleId}`, `slugs/${slug}`, `assets/${assetId}`];
  const feed = await feedNow();
  for (const key of keys) {
    expect(await documentOf(key)).toMatchObject({ title: "Renamed" });
    expect(feed.changes.get(key)?.n).toBeGreaterThan(before.last);
  }
  expect(feed.last).toBe(before.last + keys.length);
  expect(await documentOf("service")).toMatchObject({ kind: "service", policyVersion: 0 });
  expect(await documentOf("keys")).toMatchObject({ kind: "keys" });
});

test("what is taken down leaves tombstones, its address too, and the feed says so", async () => {
  const { titleId, assetId, slug } = await seedTitle(env);
  await db.update(assets).set({ deletedAt: 1 }).where(eq(assets.id, assetId));
  await db.delete(titles).where(eq(titles.id, titleId));
  await publishChanges(env, Date.now(), untold);
  const feed = await feedNow();
  for (const key of [`titles/${titleId}`, `slugs/${slug}`, `assets/${assetId}`]) {
    expect(await documentOf(key)).toMatchObject({ kind: "gone" });
    expect(feed.changes.get(key)?.isGone).toBe(true);
  }
});

test("published again and again, by changes that come twice, everything stays as it is", async () => {
  const { titleId, assetId } = await seedTitle(env);
  const changed = { titleIds: [titleId], assetIds: [assetId], service: true, keys: true };
  await publish(env, changed, Date.now());
  const once = await documentOf(`assets/${assetId}`);
  await Promise.all([publish(env, changed, Date.now()), publish(env, changed, Date.now())]);
  expect(await documentOf(`assets/${assetId}`)).toEqual(once);
});

test.each([
  ["before a document", (key: string) => key.startsWith("edge/assets/")],
  ["between the documents and the feed", (key: string) => key === feedKey],
])("a publisher that dies %s is made good by the cron", async (_when, isFatal) => {
  const { titleId, assetId } = await seedTitle(env);
  await publishChanges(env, Date.now(), untold);
  const before = await feedNow();
  await rename(titleId, "After the crash");
  const put = env.MEDIA.put.bind(env.MEDIA);
  const dying = new Proxy(env.MEDIA, {
    get: (target, name) => {
      if (name === "put") {
        return async (...args: Parameters<typeof put>) => {
          if (isFatal(args[0])) throw new Error("the process died");
          return await put(...args);
        };
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  vi.spyOn(console, "error").mockReturnValue(undefined);
  vi.spyOn(console, "warn").mockReturnValue(undefined);
  vi.spyOn(Math, "random").mockReturnValue(0); // no pauses
  await publishChanges({ ...env, MEDIA: dying }, Date.now(), untold);
  expect((await feedNow()).last).toBe(before.last);
  vi.restoreAllMocks();
  await publishChanges(env, Date.now(), untold);
  expect(await documentOf(`assets/${assetId}`)).toMatchObject({ title: "After the crash" });
  expect((await feedNow()).changes.get(`assets/${assetId}`)?.n).toBeGreaterThan(before.last);
});

/** The same bindings, each call some moments late. `stored` gets every document as it was put, in order. */
function slow(seed: number, stored: EdgeDocument[]): Pick<Env, "DB" | "MEDIA"> {
  let drawn = 0;
  // Longer than a reading takes, so that whoever has read first may well put last.
  const late = async <T>(name: string, act: () => Promise<T>): Promise<T> => {
    await scheduler.wait(Math.floor(chance(seed, "wait", drawn++) * (name === "put" ? 80 : 8)));
    return await act();
  };
  const delayed = <T extends object>(
    target: T,
    names: string[],
    after?: (args: unknown[], result: unknown) => void,
  ): T =>
    new Proxy(target, {
      get: (_, name) => {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        if (typeof name !== "string" || !names.includes(name)) return value.bind(target);
        return (...args: unknown[]) =>
          late(name, async () => {
            const result: unknown = await value.apply(target, args);
            after?.(args, result);
            return result;
          });
      },
    });
  const note = ([key, text]: unknown[], result: unknown) => {
    const isDocument = typeof text === "string" && /^edge\/titles\//.test(String(key));
    if (isDocument && result !== null && typeof result === "object") stored.push(parseDocument(text));
  };
  return { DB: delayed(env.DB, ["batch"]), MEDIA: delayed(env.MEDIA, ["head", "put"], note) };
}

test("publishers that meet never leave an older state, whoever is faster", async () => {
  for (let seed = 0; seed < 6; seed++) {
    const { titleId, assetId } = await seedTitle(env);
    const stored: EdgeDocument[] = [];
    const changed = { titleIds: [titleId], assetIds: [], service: false, keys: false };
    const working: Promise<unknown>[] = [];
    for (let n = 0; n < 4; n++) {
      // Every other state is the first one again: only the number of the change tells them apart.
      await rename(titleId, n % 2 === 0 ? "A" : "B");
      working.push(publish(slow(seed * 10 + n, stored), changed, Date.now()));
      await scheduler.wait(Math.floor(chance(seed, "pause", n) * 8));
    }
    await Promise.all(working);
    const order = stored.filter((document) => document.kind === "title").map(({ seq }) => seq);
    expect(order, `seed ${seed}`).toEqual(order.toSorted((a, b) => a - b));
    expect(await documentOf(`titles/${titleId}`), `seed ${seed}`).toMatchObject({ title: "B" });
    expect(await documentOf(`assets/${assetId}`), `seed ${seed}`).toMatchObject({
      ...{ title: "B", seq: await newestChange(db) },
    });
  }
});

test("publishing looks up what it writes, and scans no table", async () => {
  const { titleId } = await seedTitle(env);
  await publishChanges(env, Date.now(), untold);
  await rename(titleId, "Looked up");
  const prepare = vi.spyOn(env.DB, "prepare");
  await publishChanges(env, Date.now(), untold);
  const statements = new Set(prepare.mock.calls.map(([text]) => text));
  vi.restoreAllMocks();
  expect(statements.size).toBeGreaterThan(8);
  for (const text of statements) {
    const places = text.match(/\?/g)?.length ?? 0;
    const explain = env.DB.prepare(`explain query plan ${text}`).bind(
      ...Array.from({ length: places }, () => "1"),
    );
    const { results } = await explain.all<{ detail: string }>();
    const scans = results
      .map(({ detail }) => detail)
      .filter((detail) => /^SCAN (?!json_each|pathways|signing_keys)/.test(detail));
    expect([
      text,
      scans.filter((detail) => !detail.includes("INDEX") && !detail.startsWith("SCAN CONSTANT")),
    ]).toEqual([text, []]);
  }
});

test("a bucket that was rolled back begins a new epoch, and an operator is told to publish anew", async () => {
  const { titleId } = await seedTitle(env);
  const early = await (await env.MEDIA.get(feedKey))?.text();
  await rename(titleId, "Later");
  await publishChanges(env, Date.now(), untold);
  const before = await feedNow();
  await env.MEDIA.put(feedKey, early ?? "");
  await rename(titleId, "Later still");
  vi.spyOn(console, "error").mockReturnValue(undefined);
  await publishChanges(env, Date.now(), untold);
  const after = await feedNow();
  expect(after.epoch).not.toBe(before.epoch);
  expect([...after.changes.keys()]).toEqual(expect.arrayContaining(["service", "keys", `titles/${titleId}`]));
  expect((await lastingAlarms(db)).map(({ code }) => code)).toContain("edge_rolled_back");
});

test("an operator publishes everything anew, page by page", async () => {
  const films = [await seedTitle(env), await seedTitle(env)];
  const { key } = await seedProducer(env, { isOperator: true });
  for (const { titleId, assetId } of films) {
    await env.MEDIA.delete([documentObject(`titles/${titleId}`), documentObject(`assets/${assetId}`)]);
  }
  const page = z.object({ published: z.int(), next_cursor: z.string().nullable() });
  let cursor: string | null = "";
  let published = 0;
  while (cursor !== null) {
    const query = cursor === "" ? "" : `?cursor=${cursor}`;
    const response = await exports.default.fetch(`http://marquee.test/v1/ops/republish${query}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${key}` },
    });
    expect(response.status).toBe(200);
    const answer = page.parse(await response.json());
    published += answer.published;
    cursor = answer.next_cursor;
  }
  expect(published).toBe((await db.select({ id: titles.id }).from(titles)).length);
  for (const { titleId, assetId } of films) {
    expect(await documentOf(`titles/${titleId}`)).toMatchObject({ assetId });
    expect(await documentOf(`assets/${assetId}`)).toMatchObject({ kind: "film", titleId });
  }
});
