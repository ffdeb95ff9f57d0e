/** A library that is exported, lost, and made again from the buckets alone: row for row, and as viewers and producers see it. */
import { env, exports } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { type SeededTitle, seededKeys, seedTitle } from "../../../test/support/seed-title.ts";
import { createTestUpload, idOf, patch, tusClient } from "../../../test/support/tus-client.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, pathways, producers, titles, uploadParts, uploads } from "../../catalog/schema.ts";
import { readState, writeState } from "../../catalog/service-state.ts";
import { writeSourceStory } from "../../ingest/source-story.ts";
import { publishChanges } from "../../publisher/publish-changes.ts";
import { newId } from "../../shared/new-id.ts";
import { backUp } from "../back-up.ts";
import { exportedTables, notExported } from "../exported-tables.ts";

const db = openDatabase(env);
const films: SeededTitle[] = [];
const dayMs = 86_400_000;
const start = Math.floor(Date.now() / dayMs) * dayMs;

type Rows = Record<string, Record<string, unknown>[]>;

/** Every row of the exported tables, but for what a database keeps of its own course. */
async function everything(): Promise<Rows> {
  const rows: Rows = {};
  for (const { name, key } of exportedTables) {
    const { results } = await env.DB.prepare(`select * from ${name} order by ${key.join(", ")}`).all();
    rows[name] = results;
  }
  rows.service_state = (rows.service_state ?? []).filter(
    ({ name }) => !/^(consumer|export|library):|^(epoch|clock|edge_feed)$/.test(String(name)),
  );
  return rows;
}

async function emptyDatabase(): Promise<void> {
  for (const { name } of exportedTables) await env.DB.prepare(`delete from ${name}`).run();
  for (const name of Object.keys(notExported)) await env.DB.prepare(`delete from ${name}`).run();
}

interface Step {
  stage: string;
  cursor: string | null;
  rows: Record<string, number>;
  problems: string[];
}

async function rebuild(key: string, body: Record<string, unknown> = {}): Promise<Step[]> {
  const all: Step[] = [];
  let cursor: string | null = null;
  do {
    const response: Response = await call("POST", "ops/rebuild", key, {
      ...body,
      ...(cursor === null ? {} : { cursor }),
    });
    expect(response.status).toBe(200);
    const step: Step = await response.json();
    all.push(step);
    cursor = step.cursor;
  } while (cursor !== null);
  return all;
}

async function call(
  method: string,
  path: string,
  key: string,
  body?: unknown,
  headers = {},
): Promise<Response> {
  return await exports.default.fetch(
    new Request(`http://marquee.test/v1/${path}`, {
      ...{ method, headers: { Authorization: `Bearer ${key}`, ...headers } },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  );
}

/** What viewers of a country are told, and the bytes they get. */
async function watch(title: string, country: string): Promise<string> {
  const at = (url: string, init: RequestInit = {}) =>
    exports.default.fetch(new Request(url, { ...init, cf: { country } }));
  const answer = await at("http://marquee.test/v1/playback", {
    method: "POST",
    body: JSON.stringify({ title }),
  });
  const body = await answer.json<{ playback_url?: string; code?: string }>();
  if (body.playback_url === undefined) return String(body.code);
  const textOf = async (url: string) => new TextDecoder().decode(await (await at(url)).bytes());
  const main = await textOf(body.playback_url);
  const segment = new URL(`${seededKeys.video360}/seg-00001.m4s`, body.playback_url);
  return `${main}\n${await textOf(segment.href)}`;
}

/** Brings all changes to the edge, as the cron would in some runs. */
async function publishAll(): Promise<void> {
  for (let from = -1, to = 0; from !== to; ) {
    from = to;
    await publishChanges(env, Date.now());
    to = Number(await readState(db, "consumer:edge"));
  }
}

/** Runs the cron's step for some minutes. */
async function backUpUntil(minute: number, minutes: number): Promise<void> {
  for (let n = 0; n < minutes; n++) await backUp(env, start + (minute + n) * 60_000);
}

let owners: { producerId: string; key: string }[] = [];

beforeAll(async () => {
  owners = await Promise.all(Array.from({ length: 5 }, () => seedProducer(env)));
  await writeState(db, "epoch", JSON.stringify({ epoch: "epoch-of-the-test", generation: 7 }), start);
  const seed = async (n: number) => {
    const film = await seedTitle(env, {
      title: `Film ${n} 映画 ${"ñ".repeat(n % 7)}`,
      allowedCountries: n % 3 === 0 ? ["DE", "AT"] : null,
      blockedCountries: n % 5 === 0 ? ["FR"] : [],
    });
    const producerId = owners[n % 5]?.producerId ?? "";
    await db.batch([
      db.update(titles).set({ producerId }).where(eq(titles.id, film.titleId)),
      db
        .update(assets)
        .set({ producerId, plan: { grid: ["a", 1, null] } })
        .where(eq(assets.id, film.assetId)),
    ]);
    films[n] = film;
  };
  for (let n = 0; n < 200; n += 20) await Promise.all(Array.from({ length: 20 }, (_, m) => seed(n + m)));
  const times = { createdAt: 1, updatedAt: 2 };
  await db.insert(pathways).values({
    ...{ id: "on-net", baseUrl: "https://cache.test", countries: ["ES"], asns: [3352], priority: 5 },
    ...{ ttlSeconds: 60, ...times },
  });
  for (const [n, film] of films.entries()) {
    if (n % 20 !== 1) continue;
    const { key } = owners[n % 5] ?? { key: "" };
    const rules = [
      {
        name: "window",
        territories: ["DE"],
        windows: [{ opens: "2020-01-01T00:00:00Z", closes: "2021-01-01T00:00:00Z" }],
      },
      { name: "elsewhere", except: ["DE"], max_height: 360 },
    ];
    const written = await call("PUT", `titles/${film.titleId}/policy`, key, { rules }, { "If-Match": '"0"' });
    expect([written.status, await written.text()]).toEqual([200, expect.any(String)]);
    await call("POST", "signing-keys", key, { name: `key ${n}` });
  }
});

test("each table of the schema is exported, or says why it isn't", async () => {
  const { results } = await env.DB.prepare(
    "select name from sqlite_master where type = 'table' and name not glob '*_*search*' and name not glob '_cf*' and name not in ('d1_migrations', 'sqlite_sequence')",
  ).all<{ name: string }>();
  const named = [...exportedTables.map(({ name }) => name), ...Object.keys(notExported)];
  expect(named.sort()).toEqual(results.map(({ name }) => name).sort());
});

test("200 films come back from the buckets alone, with their owners, keys, rights and playback", {
  timeout: 300_000,
}, async () => {
  await backUpUntil(1, 3);
  expect(
    await env.SOURCES.head(`exports/whole/${new Date(start + 60_000).toISOString().slice(0, 16)}Z/done.json`),
  ).not.toBeNull();

  // After the whole export: changes, deletions, an upload that goes on, and a film that no export knows.
  const [changed, removed] = [films[3], films[4]];
  if (changed === undefined || removed === undefined) throw new Error("no films");
  await db.update(titles).set({ title: "Changed since", updatedAt: 5 }).where(eq(titles.id, changed.titleId));
  await db.delete(titles).where(eq(titles.id, removed.titleId));
  const { send } = await tusClient();
  const open = await createTestUpload(send, 200_000);
  await patch(send, open, 0, new Uint8Array(70_000));
  await backUpUntil(10, 1);
  await env.SOURCES.put(
    "epoch.json",
    JSON.stringify({ epoch: "epoch-of-the-test", generation: 7, at: start }),
  );
  await publishAll();
  const before = await everything();
  const seen = new Map<string, string>();
  for (const [n, { slug }] of films.entries()) {
    const country = ["DE", "FR", "US"][n % 3] ?? "";
    seen.set(`${slug} ${country}`, await watch(slug, country));
  }
  expect(new Set([...seen.values()].map((text) => text.slice(0, 24))).size).toBeGreaterThan(3);
  const story = { upload: newId("upload"), asset: newId("asset"), titleId: newId("title") };
  const owner = owners[2]?.producerId ?? "";
  await env.SOURCES.put(`sources/${story.upload}`, "a new film", {
    customMetadata: writeSourceStory({
      ...story,
      owner,
      title: "Neu",
      language: "de",
      filename: "neu.mkv",
      createdAt: 9,
    }),
  });
  await env.SOURCES.put("sources/upl_without", "no story");

  await emptyDatabase();
  const operator = await seedProducer(env, { isOperator: true });
  // The cron goes on meanwhile, and must not bury the exports under those of an empty database.
  for (let hours = 1; hours < 48; hours++) await backUpUntil(60 * hours, 1);
  expect(
    (await env.SOURCES.list({ prefix: "exports/whole/", delimiter: "/" })).delimitedPrefixes,
  ).toHaveLength(1);

  const steps = await rebuild(operator.key);
  expect(steps.flatMap(({ problems }) => problems)).toEqual([
    "sources/upl_without carries no story and stays as it is, without a row.",
  ]);
  const adopted = await db.select().from(assets).where(eq(assets.id, story.asset)).get();
  expect(adopted).toMatchObject({
    status: "waiting",
    producerId: owner,
    sourceBytes: 10,
    filename: "neu.mkv",
  });
  expect(await db.select().from(titles).where(eq(titles.id, story.titleId)).get()).toMatchObject({
    title: "Neu",
    language: "de",
  });
  await db.delete(assets).where(eq(assets.id, story.asset));
  await db.delete(titles).where(eq(titles.id, story.titleId));
  await db.delete(uploads).where(eq(uploads.id, story.upload));
  await db.delete(producers).where(eq(producers.id, operator.producerId));
  await env.DB.prepare("delete from api_keys where producer_id = ?").bind(operator.producerId).run();

  const after = await everything();
  // The open upload goes on behind the parts that an export has seen; its client asks, and sends the rest again.
  const goes = (rows: Rows) => rows.uploads?.filter(({ status }) => status === "waiting").map(({ id }) => id);
  expect(goes(after)).toEqual(goes(before));
  const resumed = await send("HEAD", open);
  expect([resumed.status, resumed.headers.get("Upload-Offset")]).toEqual([200, "0"]);
  for (const name of Object.keys(before)) {
    if (name === "uploads" || name === "upload_parts") continue;
    expect(after[name], name).toEqual(before[name]);
  }
  await publishAll();
  for (const [asked, answer] of seen) {
    const [slug = "", country = ""] = asked.split(" ");
    expect(await watch(slug, country), asked).toBe(answer);
  }
  const state = Object.fromEntries(
    (await env.DB.prepare("select name, value from service_state").all()).results.map(({ name, value }) => [
      name,
      value,
    ]),
  );
  expect(JSON.parse(String(state.epoch))).toEqual({ epoch: "epoch-of-the-test", generation: 8 });

  const found = await call("GET", `titles?q=Changed`, owners[3]?.key ?? "");
  expect(await found.text()).toContain(changed.titleId);
  const whole = new Uint8Array(200_000);
  const response = await patch(send, open, 0, whole);
  expect(response.headers.get("Upload-Offset")).toBe("200000");
  expect(
    (
      await db
        .select()
        .from(uploadParts)
        .where(eq(uploadParts.uploadId, idOf(open)))
    ).length,
  ).toBe(0);

  // From here on it exports again, from a whole one on.
  await backUpUntil(3 * 24 * 60, 3);
  expect(
    (await env.SOURCES.list({ prefix: "exports/whole/", delimiter: "/" })).delimitedPrefixes,
  ).toHaveLength(2);
});

test("a database that knows titles is only set back when that is said", async () => {
  const { key } = await seedProducer(env, { isOperator: true });
  const refused = await call("POST", "ops/rebuild", key, {});
  expect([refused.status, (await refused.json<{ code: string }>()).code]).toEqual([
    409,
    "database_not_empty",
  ]);
  expect((await call("POST", "ops/rebuild", owners[0]?.key ?? "", {})).status).toBe(403);
  expect((await call("POST", "ops/rebuild", key, { cursor: "x", over: true })).status).toBe(400);
  expect((await call("POST", "ops/rebuild", key, { export: "2020", over: true })).status).toBe(404);
  const before = await everything();
  await rebuild(key, { over: true });
  await rebuild(key, { over: true });
  const after = await everything();
  expect(after.titles).toEqual(before.titles);
  expect(after.renditions).toEqual(before.renditions);
});

test("an export that was changed in the bucket is refused, and another can be taken", async () => {
  const { key } = await seedProducer(env, { isOperator: true });
  const [first = "", second = ""] = (await env.SOURCES.list({ prefix: "exports/whole/", delimiter: "/" }))
    .delimitedPrefixes;
  const page = `${second}titles-0.jsonl`;
  const text = (await (await env.SOURCES.get(page))?.text()) ?? "";
  await env.SOURCES.put(page, text.replace("Film", "Fi1m"));
  let answer = await call("POST", "ops/rebuild", key, { over: true });
  for (let n = 0; n < 20 && answer.status === 200; n++) {
    const { cursor } = await answer.json<Step>();
    answer = await call("POST", "ops/rebuild", key, { cursor });
  }
  expect([answer.status, (await answer.json<{ code: string }>()).code]).toEqual([409, "export_damaged"]);
  const name = first.slice("exports/whole/".length, -1);
  expect((await rebuild(key, { over: true, export: name })).at(-1)?.cursor).toBeNull();
});
