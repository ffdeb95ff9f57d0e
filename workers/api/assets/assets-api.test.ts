import { env, exports } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { type SendOptions, send } from "../../../test/support/http.ts";
import { aPublishedFilm } from "../../../test/support/publish-film.ts";
import { seedFilm } from "../../../test/support/seed-film.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, tasks, titles } from "../../catalog/schema.ts";
import type { AssetDetail, AssetSummary } from "./asset-json.ts";

let mine: { producerId: string; key: string };
let other: { producerId: string; key: string };

beforeAll(async () => {
  mine = await seedProducer(env);
  other = await seedProducer(env);
});

const call = (path: string, options: SendOptions = {}, key: string | null = mine.key) =>
  send(`/v1/assets${path}`, { ...options, key });

async function callTitles(path: string, init: RequestInit = {}, key = mine.key): Promise<Response> {
  const headers = { Authorization: `Bearer ${key}` };
  return await exports.default.fetch(`https://marquee.test/v1/titles${path}`, { ...init, headers });
}

const titleOf = async ({ titleId }: { titleId: string }) =>
  await openDatabase(env).select().from(titles).where(eq(titles.id, titleId)).get();

const codeOf = async (response: Response) => (await response.json<{ code: string }>()).code;

test("without a valid key there is nothing but 401", async () => {
  for (const key of [null, "mqk_not_a_key_of_anyone", "x"]) {
    for (const [method, path] of [
      ["GET", ""],
      ["GET", "/ast_1"],
      ["POST", "/ast_1/retry"],
      ["DELETE", "/ast_1"],
    ] as const) {
      const response = await call(path, { method }, key);
      expect(response.status, `${method} ${path}`).toBe(401);
      expect(response.headers.get("Content-Type")).toBe("application/problem+json");
      expect(await codeOf(response)).toBe("unauthenticated");
    }
  }
});

test("a ready asset tells all: links, renditions, progress", async () => {
  const film = await seedFilm(env, { producerId: mine.producerId, title: "Ready & <done>" });
  const asset = await (await call(`/${film.assetId}`)).json<AssetDetail>();
  expect(asset).toMatchObject({
    id: film.assetId,
    status: "ready",
    title_id: film.titleId,
    title_slug: film.slug,
    title: "Ready & <done>",
    duration: 634.5,
    source: { bytes: 123_456_789 },
    watch_url: `https://marquee.test/watch/${film.slug}`,
    poster: { folder: `/images/${film.assetId}/${film.posterKey}`, width: 1280, height: 720 },
    error: null,
  });
  expect(asset.playback_url).toMatch(/^https:\/\/marquee\.test\/v\/[\w.-]+\/main\.m3u8$/);
  expect(asset.progress.fraction).toBe(1);
  expect(asset.renditions.map((rendition) => rendition.kind)).toEqual(["video", "audio", "image"]);
  expect(asset.renditions[0]).toMatchObject({
    label: "720p",
    width: 1280,
    frame_rate: 24,
    bandwidth: 2_900_000,
  });
  expect(Date.parse(asset.created_at)).toBe(1_800_000_000_000);
});

test("progress is read from the tasks", async () => {
  const film = await seedFilm(env, { producerId: mine.producerId, status: "preparing" });
  const task = (
    kind: "inspect" | "video",
    ordinal: number,
    status: "done" | "running",
    progress: number,
  ) => ({
    id: `${film.assetId}-${kind}-${ordinal}`,
    assetId: film.assetId,
    kind,
    ordinal,
    status,
    progress,
    priority: 0,
    stage: 0,
    spec: {},
    startedAt: 1,
  });
  await openDatabase(env)
    .insert(tasks)
    .values([task("inspect", 0, "done", 0), task("video", 0, "done", 0.3), task("video", 1, "running", 0.5)]);
  const asset = await (await call(`/${film.assetId}`)).json<AssetDetail>();
  expect(asset.progress.stages.map((stage) => [stage.name, stage.status, stage.fraction])).toEqual([
    ["inspect", "done", 1],
    ["video", "running", 0.75],
    ["publish", "waiting", 0],
  ]);
  expect(asset.playback_url).toBeNull();
});

test("lists are newest first, page by page, each asset once", async () => {
  const producer = await seedProducer(env);
  const ids: string[] = [];
  for (let at = 0; at < 7; at++) {
    // Some at the same millisecond: the cursor must not lose or repeat them.
    const film = await seedFilm(env, {
      producerId: producer.producerId,
      createdAt: 1000 + Math.floor(at / 3),
    });
    ids.push(film.assetId);
  }
  const seen: AssetSummary[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "?limit=2" : `?limit=2&cursor=${cursor}`;
    const response = await call(query, {}, producer.key);
    const page = await response.json<{ assets: AssetSummary[]; next_cursor: string | null }>();
    expect(page.assets.length).toBeLessThanOrEqual(2);
    seen.push(...page.assets);
    cursor = page.next_cursor;
  } while (cursor !== null);
  expect(seen.map((asset) => asset.id).toSorted()).toEqual(ids.toSorted());
  const times = seen.map((asset) => Date.parse(asset.created_at));
  expect(times).toEqual(times.toSorted((a, b) => b - a));
});

test("bad list parameters are refused with what to do", async () => {
  for (const limit of ["0", "101", "-1", "1e3", "x", ""]) {
    const response = await call(`?limit=${limit}`);
    expect([response.status, await codeOf(response)], limit).toEqual([400, "invalid_limit"]);
  }
  for (const cursor of ["x", "1-", "zzzzzzzzzzzzzz-ast_1", "1-ast_1'%20or%201=1", ""]) {
    const response = await call(`?cursor=${cursor}`);
    expect([response.status, await codeOf(response)], cursor).toEqual([400, "invalid_cursor"]);
  }
});

test("another producer's asset does not exist: not to read, retry or delete", async () => {
  const film = await seedFilm(env, { producerId: other.producerId, status: "errored" });
  for (const [method, path] of [
    ["GET", ""],
    ["POST", "/retry"],
    ["DELETE", ""],
  ] as const) {
    const response = await call(`/${film.assetId}${path}`, { method });
    expect([response.status, await codeOf(response)], method).toEqual([404, "asset_not_found"]);
  }
  expect((await call(`/${film.assetId}`, {}, other.key)).status).toBe(200);
});

test("a method that an address does not know is refused with those that it knows", async () => {
  for (const [method, path, allowed] of [
    ["POST", "", "GET, HEAD"],
    ["PUT", "/ast_1", "GET, HEAD, DELETE"],
    ["OPTIONS", "/ast_1", "GET, HEAD, DELETE"],
    ["GET", "/ast_1/retry", "POST"],
    ["DELETE", "/ast_1/proof", "GET, HEAD"],
    ["GET", "/ast_1/encode", "POST"],
  ] as const) {
    const response = await call(path, { method });
    expect(await response.clone().json()).toMatchObject({ detail: `Allowed methods: ${allowed}.` });
    expect([response.status, await codeOf(response)], `${method} ${path}`).toEqual([
      405,
      "method_not_allowed",
    ]);
    expect(response.headers.get("Allow")).toBe(allowed);
  }
  expect((await call("/ast_1/nothing", { method: "POST" })).status).toBe(404);
});

test("an errored asset says why and can be tried again, once", async () => {
  const error = { code: "no_video", detail: "This file has sound but no picture." };
  const film = await seedFilm(env, { producerId: mine.producerId, status: "errored", error });
  const asset = await (await call(`/${film.assetId}`)).json<AssetDetail>();
  expect(asset.error).toMatchObject(error);
  const retried = await call(`/${film.assetId}/retry`, { method: "POST" });
  expect(retried.status).toBe(202);
  expect(await retried.json<AssetSummary>()).toMatchObject({ status: "preparing", error: null });
  const again = await call(`/${film.assetId}/retry`, { method: "POST" });
  expect([again.status, await codeOf(again)]).toEqual([409, "not_retryable"]);
});

test("a deleted asset is gone from everywhere", async () => {
  const film = await seedFilm(env, { producerId: mine.producerId });
  expect((await call(`/${film.assetId}`, { method: "DELETE" })).status).toBe(204);
  expect((await call(`/${film.assetId}`)).status).toBe(404);
  expect((await call(`/${film.assetId}`, { method: "DELETE" })).status).toBe(404);
  const list = await (await call("?limit=100")).json<{ assets: AssetSummary[] }>();
  expect(list.assets.map((asset) => asset.id)).not.toContain(film.assetId);
  // Its title had no other film, so it is gone too.
  const title = await callTitles(`/${film.titleId}`);
  expect([title.status, await codeOf(title)]).toEqual([404, "title_not_found"]);
  const listed = await (await callTitles("?limit=100")).json<{ titles: { id: string }[] }>();
  expect(listed.titles.map(({ id }) => id)).not.toContain(film.titleId);
  const patched = await callTitles(`/${film.titleId}`, { method: "PATCH", body: '{"title":"Other"}' });
  expect(patched.status).toBe(404);
  const play = await exports.default.fetch("https://marquee.test/v1/playback", {
    method: "POST",
    body: JSON.stringify({ title: film.slug }),
  });
  expect([play.status, await codeOf(play)]).toEqual([404, "title_not_found"]);
  expect((await exports.default.fetch(`https://marquee.test/watch/${film.slug}`)).status).toBe(404);
});

test("a deleted asset is listed with who deleted it, and taken back whole, with its title", async () => {
  const film = await seedFilm(env, { producerId: mine.producerId });
  const [asset, title] = [await (await call(`/${film.assetId}`)).json<AssetDetail>(), await titleOf(film)];
  await call(`/${film.assetId}`, { method: "DELETE" });
  const list = await (await call("?deleted=true&limit=100")).json<{ assets: { id: string }[] }>();
  const days = Number(env.DELETE_GRACE_DAYS);
  const deleted = list.assets.find(({ id }) => id === film.assetId) as unknown as Record<string, string>;
  expect(deleted).toMatchObject({
    title_id: film.titleId,
    deleted_by: { id: mine.producerId, name: "Test producer" },
  });
  const graceMs = Date.parse(deleted.purged_after ?? "") - Date.parse(deleted.deleted_at ?? "");
  expect(graceMs).toBe(days * 86_400_000);
  const titleList = await (await callTitles("?deleted=true")).json<{ titles: { id: string }[] }>();
  expect(titleList.titles.find(({ id }) => id === film.titleId)).toMatchObject({
    slug: film.slug,
    deleted_by: { id: mine.producerId },
  });
  expect((await call(`/${film.assetId}/undelete`, { method: "POST" }, other.key)).status).toBe(404);
  expect((await call(`/${film.assetId}/undelete`, { method: "POST" })).status).toBe(200);
  expect((await call(`/${film.assetId}/undelete`, { method: "POST" })).status).toBe(404);
  // Taken back is a change, of which those who ask for changes hear.
  const {
    playback_url: _,
    updated_at: __,
    ...back
  } = await (await call(`/${film.assetId}`)).json<AssetDetail>();
  expect(asset).toMatchObject(back);
  // Meanwhile it has its place in viewers' lists, which it keeps.
  const [updatedAt, shelfPosition] = [expect.any(Number), expect.any(Number)];
  expect(await titleOf(film)).toEqual({ ...title, updatedAt, shelfPosition });
});

test("a title is taken back with its film; too late, nothing is", async () => {
  const film = await seedFilm(env, { producerId: mine.producerId });
  expect((await callTitles(`/${film.titleId}/undelete`, { method: "POST" })).status).toBe(404);
  await call(`/${film.assetId}`, { method: "DELETE" });
  expect((await callTitles(`/${film.titleId}/undelete`, { method: "POST" }, other.key)).status).toBe(404);
  expect((await callTitles(`/${film.titleId}/undelete`, { method: "POST" })).status).toBe(200);
  expect(await (await call(`/${film.assetId}`)).json()).toMatchObject({ status: "ready" });
  await call(`/${film.assetId}`, { method: "DELETE" });
  const deletedAt = Date.now() - 31 * 86_400_000;
  const db = openDatabase(env);
  await db.update(assets).set({ deletedAt }).where(eq(assets.id, film.assetId));
  await db.update(titles).set({ deletedAt }).where(eq(titles.id, film.titleId));
  for (const late of [
    await call(`/${film.assetId}/undelete`, { method: "POST" }),
    await callTitles(`/${film.titleId}/undelete`, { method: "POST" }),
  ]) {
    expect([late.status, await codeOf(late)]).toEqual([410, "deletion_final"]);
  }
  const list = await (await call("?deleted=true&limit=100")).json<{ assets: { id: string }[] }>();
  expect(list.assets.map(({ id }) => id)).not.toContain(film.assetId);
  expect((await call("?deleted=perhaps")).status).toBe(400);
});

test("a ready asset whose further work failed says so, plays, and can be tried again", async () => {
  const film = await seedFilm(env, { producerId: mine.producerId });
  await openDatabase(env)
    .update(assets)
    .set({ work: "failed", errorCode: "encoder_stalled", errorDetail: "The encoder stood still." })
    .where(eq(assets.id, film.assetId));
  const asset = await (await call(`/${film.assetId}`)).json<AssetDetail>();
  expect(asset).toMatchObject({ status: "ready", error: { code: "encoder_stalled" } });
  expect(asset.playback_url).not.toBeNull();
  expect(asset.progress.fraction).toBeLessThan(1);
  expect((await call(`/${film.assetId}/retry`, { method: "POST" })).status).toBe(202);
  expect(await (await call(`/${film.assetId}`)).json()).toMatchObject({ status: "ready", error: null });
});

test("a recipe may ask for Opus beside AAC; what it can't be is refused with the place of the mistake", async () => {
  const { assetId } = await aPublishedFilm(env, 1000);
  const { producerId } = mine;
  await openDatabase(env).update(assets).set({ producerId }).where(eq(assets.id, assetId));
  const encode = (recipe: unknown) =>
    call(`/${assetId}/encode`, { method: "POST", body: JSON.stringify(recipe) });
  for (const audio of [["opus"], ["aac", "vorbis"], ["aac", "opus", "opus"], "opus"]) {
    const refused = await encode({ audio });
    expect(refused.status, JSON.stringify(audio)).toBe(422);
    const { errors } = await refused.json<{ errors: { pointer: string }[] }>();
    expect(errors[0]?.pointer).toMatch(/^\/audio/);
  }
  expect((await encode({ audio: ["aac", "opus"] })).status).toBe(202);
  const asset = await (await call(`/${assetId}`)).json<AssetDetail>();
  const sound = asset.renditions.filter(({ kind }) => kind === "audio");
  expect(sound.map(({ key, status }) => [key.split("-")[0], status])).toEqual([
    ["a0", "ready"],
    ["o0", "preparing"],
  ]);
});
