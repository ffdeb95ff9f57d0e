import { env, exports } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { send } from "../../../test/support/http.ts";
import { publishHere } from "../../../test/support/publish-here.ts";
import { seededKeys, seedTitle } from "../../../test/support/seed-title.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions, titles } from "../../catalog/schema.ts";
import type { Playback } from "./describe-playback.ts";

const db = openDatabase(env);

const ask = (body: unknown, country = "DE", headers: Record<string, string> = {}) =>
  send("/v1/playback", { body, country, headers, origin: "http://marquee.test" });

async function code(response: Response): Promise<[number, unknown]> {
  return [response.status, (await response.json<{ code: string }>()).code];
}

test("a slug or an id becomes a playback URL that plays, and a poster that shows", async () => {
  const { titleId, assetId, slug } = await seedTitle(env, { title: "The Long Way", durationSeconds: 100 });
  for (const title of [slug, titleId]) {
    const response = await ask({ title });
    expect(response.status).toBe(200);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
    const playback = await response.json<Playback>();
    expect(playback).toMatchObject({
      asset_id: assetId,
      title_id: titleId,
      slug,
      title: "The Long Way",
      duration: 100,
    });
    const left = Date.parse(playback.expires_at) - Date.now();
    expect(left).toBeGreaterThan(6 * 3600 * 1000);
    expect(left).toBeLessThanOrEqual(6 * 3600 * 1000 + 100_000);
    expect(playback.playback_url).toMatch(/^http:\/\/marquee\.test\/v\/[\w.-]+\/main\.m3u8$/);
    const main = await exports.default.fetch(new Request(playback.playback_url, { cf: { country: "DE" } }));
    expect(main.status).toBe(200);
    await main.body?.cancel();
    expect(playback.poster_url).toBe(
      `http://marquee.test/images/${assetId}/${seededKeys.poster}/poster-1280.jpg`,
    );
    const poster = await exports.default.fetch(new Request(String(playback.poster_url)));
    expect(poster.status).toBe(200);
    await poster.body?.cancel();
  }
});

test("a blocked country gets no URL", async () => {
  const { slug } = await seedTitle(env, { blockedCountries: ["FR"] });
  expect(await code(await ask({ title: slug }, "FR"))).toEqual([451, "not_available_in_country"]);
  expect((await ask({ title: slug }, "DE")).status).toBe(200);
});

test("what is unknown or deleted is not found", async () => {
  const { titleId, assetId } = await seedTitle(env);
  await db.update(assets).set({ deletedAt: 1 }).where(eq(assets.id, assetId));
  await publishHere(env, { titleIds: [titleId] });
  expect(await code(await ask({ title: titleId }))).toEqual([404, "title_not_found"]);
  expect(await code(await ask({ title: "no-such-film" }))).toEqual([404, "title_not_found"]);
  expect(await code(await ask({ title: "' or 1=1 --" }))).toEqual([404, "title_not_found"]);
});

test("what is not published yet says whether to wait", async () => {
  const { titleId, assetId } = await seedTitle(env);
  await db.batch([
    db.update(titles).set({ assetId: null }).where(eq(titles.id, titleId)),
    db.update(assets).set({ status: "preparing", revision: 0 }).where(eq(assets.id, assetId)),
  ]);
  await publishHere(env, { titleIds: [titleId] });
  expect(await code(await ask({ title: titleId }))).toEqual([409, "not_ready"]);
  await db.update(assets).set({ status: "errored" }).where(eq(assets.id, assetId));
  await publishHere(env, { titleIds: [titleId] });
  expect(await code(await ask({ title: titleId }))).toEqual([409, "asset_errored"]);
});

test("a title without a poster has none", async () => {
  const { titleId, assetId } = await seedTitle(env);
  await db.delete(renditions).where(eq(renditions.assetId, assetId));
  await publishHere(env, { titleIds: [titleId] });
  expect((await (await ask({ title: titleId })).json<Playback>()).poster_url).toBeNull();
});

test("a title with a storyboard has its thumbnails under the token, for those who may watch", async () => {
  const { titleId, assetId } = await seedTitle(env);
  expect((await (await ask({ title: titleId })).json<Playback>()).storyboard_url).toBeNull();
  const key = "storyboard-1a2b3c4d5e";
  await db.insert(renditions).values({
    assetId,
    key,
    kind: "storyboard",
    label: "storyboard",
    status: "ready",
    codecs: "jpeg",
    width: 160,
    height: 90,
    bandwidth: 9000,
  });
  await publishHere(env, { titleIds: [titleId] });
  await env.MEDIA.put(`media/${assetId}/${key}/storyboard.vtt`, "WEBVTT\n");
  await env.MEDIA.put(`media/${assetId}/${key}/sprite-00000.jpg`, "jpeg");
  const playback = await (await ask({ title: titleId })).json<Playback>();
  const url = String(playback.storyboard_url);
  const types = [];
  for (const file of [url, url.replace("storyboard.vtt", "sprite-00000.jpg")]) {
    const response = await exports.default.fetch(new Request(file, { cf: { country: "DE" } }));
    types.push(response.headers.get("Content-Type"));
    await response.body?.cancel();
  }
  expect(types).toEqual(["text/vtt", "image/jpeg"]);
  const main = await exports.default.fetch(new Request(playback.playback_url, { cf: { country: "DE" } }));
  expect(await main.text()).toContain(
    `#EXT-X-IMAGE-STREAM-INF:BANDWIDTH=9000,RESOLUTION=160x90,CODECS="jpeg",URI="${key}/playlist.m3u8"`,
  );
  // It is no poster: those are for everyone.
  const open = new Request(`http://marquee.test/images/${assetId}/${key}/sprite-00000.jpg`);
  expect((await exports.default.fetch(open)).status).toBe(404);
});

test("a bad request is told what is wrong with it", async () => {
  expect(await code(await ask({}))).toEqual([422, "invalid_input"]);
  expect(await code(await ask({ title: 7 }))).toEqual([422, "invalid_input"]);
  expect(await code(await ask({ title: "x".repeat(201) }))).toEqual([422, "invalid_input"]);
  const url = "http://marquee.test/v1/playback";
  const text = await exports.default.fetch(new Request(url, { method: "POST", body: "title=x" }));
  expect(await code(text)).toEqual([400, "invalid_json"]);
  expect(await code(await exports.default.fetch(new Request(url)))).toEqual([405, "method_not_allowed"]);
  const preflight = await exports.default.fetch(new Request(url, { method: "OPTIONS" }));
  expect(preflight.headers.get("Access-Control-Allow-Headers")).toContain("Content-Type");
});
