/** The scrubber against real D1 and R2: whatever happens to a published object is found, and just its chunk is made again. */
import { env, exports } from "cloudflare:workers";
import { and, eq, getTableColumns, ne } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { aPublishedFilm, muted, storeChunk } from "../../../test/support/publish-film.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { lastingAlarms } from "../../catalog/alarms.ts";
import { openDatabase } from "../../catalog/database.ts";
import { alarms, assets, changes, renditions, tasks } from "../../catalog/schema.ts";
import { deletionGate } from "../../safety/deletion-gate.ts";
import { advanceAsset } from "../lifecycle/asset-lifecycle.ts";
import type { Plan } from "../plan/plan.ts";
import { renditionPrefix, renditionReportKey, sliceObjectKey } from "../storage/media-keys.ts";
import { copyMedia } from "./copy-media.ts";
import { assetsPerRun, scrub, scrubbedWithinMs } from "./scrub.ts";
import { scrubAsset } from "./scrub-asset.ts";

const db = openDatabase(env);
const mute = muted(env);
const later = 1000 + Number(env.SCRUB_AFTER_SECONDS) * 1000;

let assetId = "";
let plan: Plan;
let key = "";
let folder = "";

beforeEach(async () => {
  await db.update(assets).set({ deletedAt: 1 });
  ({ assetId, plan } = await aPublishedFilm(env, 1000));
  key = plan.video[0]?.key ?? "";
  folder = renditionPrefix(assetId, key);
});

const assetRow = () => db.select().from(assets).where(eq(assets.id, assetId)).get();

async function openTasks(): Promise<string[]> {
  const rows = await db
    .select()
    .from(tasks)
    .where(and(eq(tasks.assetId, assetId), ne(tasks.status, "done")));
  return rows.map(({ kind, ordinal, status }) => `${kind} ${ordinal} ${status}`).sort();
}

async function rowOf(rendition: string) {
  return await db
    .select()
    .from(renditions)
    .where(and(eq(renditions.assetId, assetId), eq(renditions.key, rendition)))
    .get();
}

test("a published film is due after its time, is found whole, and is then verified", async () => {
  expect(await assetRow()).toMatchObject({ status: "ready", work: "done", revision: 1 });
  await scrub(mute, later - 1);
  expect((await assetRow())?.verifiedAt).toBe(1000);
  await scrub(mute, later);
  expect((await assetRow())?.verifiedAt).toBe(later);
  expect(await openTasks()).toEqual([]);
});

test("a segment that is gone is encoded again, alone, while the film goes on playing", async () => {
  await env.MEDIA.delete(`${folder}seg-00003.m4s`);
  await scrub(mute, later);
  expect(await assetRow()).toMatchObject({ status: "ready", work: "open", revision: 1 });
  expect(await openTasks()).toEqual(["video 1 queued"]);
  expect((await rowOf(key))?.status).toBe("ready");
  expect(await env.MEDIA.head(renditionReportKey(assetId, key, 1))).toBeNull();
  expect(await env.MEDIA.head(renditionReportKey(assetId, key, 0))).not.toBeNull();

  const before = await rowOf(key);
  await storeChunk(env, assetId, plan, key, 1);
  await db.update(tasks).set({ status: "done" }).where(eq(tasks.assetId, assetId));
  await advanceAsset(mute, assetId, later + 1);
  expect(await assetRow()).toMatchObject({ status: "ready", work: "done" });
  expect((await rowOf(key))?.rootHash).toBe(before?.rootHash);
  expect(await scrubAsset(mute, assetId, later + 2)).toEqual([]);
});

test("an encoder that gives other bytes makes a new ledger and a new revision of the whole", async () => {
  await env.MEDIA.put(`${folder}seg-00000.m4s`, "short");
  await scrub(mute, later);
  const before = await rowOf(key);
  await storeChunk(env, assetId, plan, key, 0, "by another encoder");
  await db.update(tasks).set({ status: "done" }).where(eq(tasks.assetId, assetId));
  await advanceAsset(mute, assetId, later + 1);
  expect((await assetRow())?.revision).toBe(2);
  expect((await rowOf(key))?.rootHash).not.toBe(before?.rootHash);
  expect(await scrubAsset(mute, assetId, later + 2)).toEqual([]);
});

test.for<[string, string, string]>([
  ["other bytes of the same length", "seg-00002.m4s", "video 1 queued"],
  ["an empty object", "seg-00001.m4s", "video 0 queued"],
  ["an init segment that is another", "init.mp4", "video 0 queued"],
])("%s in a segment's place is found", async ([what, file, task]) => {
  const bytes = await (await env.MEDIA.get(folder + file))?.bytes();
  const damaged = what.includes("empty") ? "" : bytes?.with(0, (bytes[0] ?? 0) ^ 1);
  await env.MEDIA.put(folder + file, damaged ?? "");
  expect(await scrubAsset(mute, assetId, later)).toHaveLength(1);
  expect(await openTasks()).toEqual([task]);
});

test("damaged sound is encoded again; slices that are gone too are cut again first", async () => {
  const track = plan.audio[0]?.key ?? "";
  await env.MEDIA.delete(`${renditionPrefix(assetId, track)}seg-00000.m4s`);
  await scrubAsset(mute, assetId, later);
  expect(await openTasks()).toEqual(["audio 0 queued"]);

  ({ assetId, plan } = await aPublishedFilm(env, 1000));
  await env.MEDIA.delete([
    `${renditionPrefix(assetId, track)}seg-00000.m4s`,
    sliceObjectKey(assetId, `${track}/00000.flac`),
  ]);
  await scrubAsset(mute, assetId, later);
  expect(await openTasks()).toEqual(["audio 0 pending", "audio-slices 0 queued"]);
});

test("damaged sound in a second codec is made again from the slices that it shares with AAC", async () => {
  ({ assetId, plan } = await aPublishedFilm(env, 1000, { codecs: ["h264"], audio: ["aac", "opus"] }));
  const opus = plan.audio.find(({ codec }) => codec === "opus")?.key ?? "";
  await env.MEDIA.delete(`${renditionPrefix(assetId, opus)}seg-00000.m4s`);
  await scrubAsset(mute, assetId, later);
  expect(await openTasks()).toEqual(["audio 1 queued"]);
});

test.for(["playlist.m3u8", "iframes.m3u8", "ledger.json"])(
  "a damaged %s is written anew at once, without encoding anything",
  async (file) => {
    const before = await (await env.MEDIA.get(folder + file))?.text();
    await env.MEDIA.put(folder + file, "#EXTM3U");
    expect(await scrubAsset(mute, assetId, later)).toHaveLength(1);
    expect(await (await env.MEDIA.get(folder + file))?.text()).toBe(before);
    expect(await assetRow()).toMatchObject({ status: "ready", work: "done" });
    expect(await openTasks()).toEqual([]);
  },
);

test("what the first bucket has lost comes back from the second, and nothing is encoded", async () => {
  const { assetId: film, plan: itsPlan } = await aPublishedFilm(env, 1000);
  const folderOf = (id: string) => renditionPrefix(id, itsPlan.video[0]?.key ?? "");
  const lost = [
    `${folderOf(film)}seg-00003.m4s`,
    `${folderOf(film)}init.mp4`,
    `${folderOf(film)}ledger.json`,
  ];
  for (let n = 0; n < 5; n++) await copyMedia(mute, 2000, () => true, deletionGate(mute, 2000));
  for (const one of lost) await env.MEDIA.delete(one);
  await env.MEDIA.put(`${folderOf(film)}seg-00001.m4s`, "other bytes");
  expect(await scrubAsset(mute, film, later)).toEqual([]);
  for (const one of [...lost, `${folderOf(film)}seg-00001.m4s`]) {
    expect((await env.MEDIA.head(one))?.etag, one).toBe((await env.MEDIA_COPY?.head(one))?.etag);
  }
  const row = await db.select().from(assets).where(eq(assets.id, film)).get();
  expect(row).toMatchObject({ work: "done", verifiedAt: later });
});

test("a film that can't be read does not keep others from being verified", async () => {
  const { assetId: broken } = await aPublishedFilm(env, 500);
  await db.update(assets).set({ plan: {} }).where(eq(assets.id, broken));
  await scrub(mute, later);
  expect((await assetRow())?.verifiedAt).toBe(later);
});

test("the pace grows with the library, so that a million films are seen once in 30 days", () => {
  const minutes = scrubbedWithinMs / 60_000;
  for (const films of [0, 1, 50_000, 1_000_000]) {
    expect(assetsPerRun(films) * minutes).toBeGreaterThanOrEqual(films * 1.2);
  }
  expect(assetsPerRun(1_000_000)).toBeLessThanOrEqual(40);
});

test("a run reads the rows whose turn it is, however many there are", async () => {
  const copies = async (count: number) => {
    const columns = Object.values(getTableColumns(assets)).map(({ name }) => name);
    const values = columns.map((name) =>
      /^(id|upload_id)$/.test(name) ? `'${count}-' || value` : `assets.${name}`,
    );
    const source = values.join(", ").replace("assets.scrub_at", "9000000000000000");
    await env.DB.prepare(
      `insert into assets (${columns.join(", ")}) select ${source} from assets, json_each(?2) where assets.id = ?1`,
    )
      .bind(assetId, JSON.stringify(Array.from({ length: count }, (_, n) => n)))
      .run();
  };
  const rowsRead = async () => {
    const { meta } = await env.DB.prepare(
      "select id from assets where deleted_at is null and scrub_at <= ? order by scrub_at limit 3",
    )
      .bind(later)
      .all();
    return meta.rows_read;
  };
  await copies(10);
  const few = await rowsRead();
  await copies(5000);
  expect(await rowsRead()).toBe(few);
  // Whatever is published next would publish all of this one title's films.
  await env.DB.prepare("delete from assets where id glob '*-*'").run();
  await db.delete(changes);
});

test("a source that is gone, or another, raises an alarm; the others have their turn", async () => {
  const { assetId: other } = await aPublishedFilm(env, 1000);
  await env.SOURCES.put("sources/whole", "whole");
  const whole = await env.SOURCES.head("sources/whole");
  const source = { sourceKey: "sources/whole", sourceBytes: 5, sourceEtag: whole?.etag ?? "" };
  await db.update(assets).set(source).where(eq(assets.id, other));
  await db.update(assets).set(source).where(eq(assets.id, assetId));
  await db.delete(alarms);
  await scrub(mute, later);
  expect(await lastingAlarms(db)).toEqual([]);
  await db.update(assets).set({ sourceEtag: "another" }).where(eq(assets.id, assetId));
  await scrub(mute, later + later);
  expect(await lastingAlarms(db)).toMatchObject([
    { code: "source_damaged", detail: expect.stringContaining(assetId) },
  ]);
});

test("how far the scrubber is can be asked", async () => {
  const { key: bearer } = await seedProducer(env, { isOperator: true });
  const ask = async () => {
    const headers = { Authorization: `Bearer ${bearer}` };
    const response = await exports.default.fetch("https://marquee.test/v1/ops/scrub", { headers });
    return await response.json<{ checked_in_30_days: boolean; oldest_verified_at: string; behind: number }>();
  };
  expect(await ask()).toMatchObject({
    checked_in_30_days: false,
    oldest_verified_at: null,
    unread_sources: 1,
  });
  const now = Date.now();
  await db.update(assets).set({ verifiedAt: now });
  await scrub(mute, now);
  const seen = await ask();
  expect(seen).toMatchObject({ checked_in_30_days: true, behind: 0, assets_per_minute: 3 });
  expect(Date.parse(seen.oldest_verified_at)).toBe(now);
});
