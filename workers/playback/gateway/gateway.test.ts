import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { type SendOptions, send } from "../../../test/support/http.ts";
import { publishTitle } from "../../../test/support/publish.ts";
import { publishHere } from "../../../test/support/publish-here.ts";
import { type SeededTitle, seededKeys, seededSegment, seedTitle } from "../../../test/support/seed-title.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions, titles } from "../../catalog/schema.ts";
import { readPlaylist } from "../../hls/read-playlist.ts";
import { playbackClaims, signPlaybackToken } from "../tokens/playback-token.ts";

const db = openDatabase(env);
const segment = `${seededKeys.video720}/seg-00000.m4s`;
const everything = [
  "main.m3u8",
  `${seededKeys.video720}/playlist.m3u8`,
  `${seededKeys.video720}/iframes.m3u8`,
  `${seededKeys.video720}/init.mp4`,
  segment,
  `${seededKeys.audio}/playlist.m3u8`,
  `${seededKeys.audio}/init.mp4`,
  `${seededKeys.audio}/seg-00001.m4s`,
];

let film: SeededTitle;
let token: string;

async function tokenOf(title: string, asset: string): Promise<string> {
  return await signPlaybackToken(env, playbackClaims({ title, asset, durationSeconds: 12 }, Date.now()));
}

const get = (path: string, { token: given = token, ...options }: SendOptions & { token?: string } = {}) =>
  send(`/v/${given}/${path}`, options);

/** A refusal by the title's rules is kept by the viewer for a moment; nothing else is kept at all. */
const keptBriefly = ["country_unknown", "not_available_in_country"];

/** Status and code of a refusal, after a check that it is one: problem+json, hardly cached, readable by any page. */
async function refusal(response: Response): Promise<[status: number, code: unknown]> {
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
  const problem = await response.json<{ code: string; detail: string }>();
  expect(response.headers.get("Cache-Control")).toBe(
    keptBriefly.includes(problem.code) ? "private, max-age=5" : "no-store",
  );
  expect(problem.detail).toMatch(/\.$/);
  return [response.status, problem.code];
}

beforeAll(async () => {
  film = await seedTitle(env);
  token = await tokenOf(film.titleId, film.assetId);
});

afterEach(() => {
  vi.useRealTimers();
});

test("a player finds its way from the multivariant playlist to every segment", async () => {
  const main = await get("main.m3u8");
  expect(main.status).toBe(200);
  const playlist = readPlaylist(new TextDecoder().decode(await main.arrayBuffer()));
  if (playlist.kind !== "multivariant") throw new Error("Expected a multivariant playlist");
  expect(playlist.variants.map(({ uri }) => uri)).toEqual([
    `${seededKeys.video720}/playlist.m3u8`,
    `${seededKeys.video360}/playlist.m3u8`,
  ]);
  const tracks = Object.values(playlist.audioGroups).flatMap((group) => Object.values(group));
  const uris = [...playlist.variants, ...playlist.iFrameVariants, ...tracks].map(({ uri }) => uri);
  for (const uri of uris) {
    const media = await get(String(uri));
    const read = readPlaylist(new TextDecoder().decode(await media.arrayBuffer()));
    if (read.kind !== "media") throw new Error("Expected a media playlist");
    for (const { uri: name } of read.segments) {
      const folder = String(uri).split("/")[0];
      expect((await get(`${folder}/${name}`)).status).toBe(200);
    }
  }
});

test("bytes and MIME types are those of the files", async () => {
  const response = await get(segment);
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(seededSegment(`${seededKeys.video720} 0`));
  const types = await Promise.all(
    everything.map(async (path) => (await get(path)).headers.get("Content-Type")),
  );
  const playlist = "application/vnd.apple.mpegurl";
  expect(types).toEqual([
    playlist,
    playlist,
    playlist,
    "video/mp4",
    "video/iso.segment",
    playlist,
    "audio/mp4",
    "audio/mp4",
  ]);
  expect(response.headers.get("X-Content-Type-Options")).toBe("nosniff");
});

test("a blocked country gets 451 on the playlists and on every segment", async () => {
  const blocked = await seedTitle(env, { blockedCountries: ["FR"] });
  const pass = await tokenOf(blocked.titleId, blocked.assetId);
  const unknown = await get(segment, { token: pass, country: "XX" });
  expect(await refusal(unknown)).toEqual([451, "country_unknown"]);
  for (const path of everything) {
    expect((await get(path, { token: pass, country: "DE" })).status).toBe(200);
    const response = await get(path, { token: pass, country: "FR" });
    expect(await refusal(response)).toEqual([451, "not_available_in_country"]);
  }
});

test("a title for some countries is for no other, nor for an unknown one", async () => {
  const allowed = await seedTitle(env, { allowedCountries: ["DE"] });
  const pass = await tokenOf(allowed.titleId, allowed.assetId);
  expect((await get(segment, { token: pass, country: "DE" })).status).toBe(200);
  expect(await refusal(await get(segment, { token: pass, country: "FR" }))).toEqual([
    451,
    "not_available_in_country",
  ]);
  for (const country of ["XX", "T1", ""]) {
    expect(await refusal(await get(segment, { token: pass, country }))).toEqual([451, "country_unknown"]);
  }
  const asGerman = { headers: { "Marquee-Country": "DE" } };
  expect((await get(segment, { token: pass, country: "FR", ...asGerman })).status).toBe(451);
});

test("forged, expired and foreign tokens get 403, each with its code", async () => {
  const other = await seedTitle(env);
  const past = Date.now() - 7 * 3600 * 1000;
  const expired = await signPlaybackToken(
    env,
    playbackClaims({ title: film.titleId, asset: film.assetId, durationSeconds: 12 }, past),
  );
  const keys = JSON.stringify({ current: "k2", keys: { k2: "A".repeat(43) } });
  const forged = await signPlaybackToken(
    { PLAYBACK_KEYS: keys },
    playbackClaims({ title: film.titleId, asset: film.assetId, durationSeconds: 12 }, Date.now()),
  );
  await db.insert(renditions).values({
    assetId: other.assetId,
    key: "v480p-only-of-the-other",
    kind: "video",
    label: "480p",
    status: "ready",
  });
  await publishHere(env, { titleIds: [other.titleId] });
  await env.MEDIA.put(`media/${other.assetId}/v480p-only-of-the-other/seg-00000.m4s`, "secret");
  const mixed = await tokenOf(film.titleId, other.assetId);
  for (const path of everything) {
    expect(await refusal(await get(path, { token: expired }))).toEqual([403, "token_expired"]);
    expect(await refusal(await get(path, { token: forged }))).toEqual([403, "token_forged"]);
    expect(await refusal(await get(path, { token: "x.y.z" }))).toEqual([403, "token_malformed"]);
    expect(await refusal(await get(path, { token: mixed }))).toEqual([403, "token_foreign"]);
  }
  expect(await refusal(await get("v480p-only-of-the-other/seg-00000.m4s"))).toEqual([403, "token_foreign"]);
});

test("a rendition that is not published is refused, though its objects are there", async () => {
  expect(await refusal(await get(`${seededKeys.unfinished}/seg-00000.m4s`))).toEqual([403, "token_foreign"]);
});

test("a rendition that was published a moment ago plays, though the rules were held", async () => {
  const growing = await seedTitle(env);
  const pass = await tokenOf(growing.titleId, growing.assetId);
  expect((await get(segment, { token: pass })).status).toBe(200);
  await db.update(renditions).set({ status: "ready" }).where(eq(renditions.assetId, growing.assetId));
  await publishTitle(env, growing.titleId);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1001 });
  expect((await get(`${seededKeys.unfinished}/seg-00000.m4s`, { token: pass })).status).toBe(200);
});

test("new rules and takedowns stop a film that is playing: at once where they were made, elsewhere in 15 s", async () => {
  const doomed = await seedTitle(env);
  const pass = await tokenOf(doomed.titleId, doomed.assetId);
  const play = () => get(segment, { token: pass });
  expect((await play()).status).toBe(200);

  await db
    .update(titles)
    .set({ blockedCountries: ["DE"] })
    .where(eq(titles.id, doomed.titleId));
  expect((await play()).status).toBe(200);
  await publishHere(env, { titleIds: [doomed.titleId] });
  expect(await refusal(await play())).toEqual([451, "not_available_in_country"]);

  await db.update(titles).set({ blockedCountries: [] }).where(eq(titles.id, doomed.titleId));
  await publishHere(env, { titleIds: [doomed.titleId] });
  expect((await play()).status).toBe(200);
  await db.update(assets).set({ deletedAt: 1 }).where(eq(assets.id, doomed.assetId));
  await publishTitle(env, doomed.titleId);
  expect((await play()).status).toBe(200);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 15_000 });
  expect(await refusal(await play())).toEqual([410, "no_longer_available"]);
  expect((await get("main.m3u8", { token: pass })).status).toBe(410);
});

test("a deleted title stops playback too", async () => {
  const gone = await seedTitle(env);
  const pass = await tokenOf(gone.titleId, gone.assetId);
  await db.delete(titles).where(eq(titles.id, gone.titleId));
  await publishHere(env, { titleIds: [gone.titleId], assetIds: [gone.assetId] });
  expect(await refusal(await get(segment, { token: pass }))).toEqual([410, "no_longer_available"]);
});

test("a new revision is a new playlist", async () => {
  const growing = await seedTitle(env);
  const pass = await tokenOf(growing.titleId, growing.assetId);
  const tag = async () => (await get("main.m3u8", { token: pass })).headers.get("ETag");
  const first = await tag();
  await db.batch([
    db.update(assets).set({ revision: 2 }).where(eq(assets.id, growing.assetId)),
    db
      .update(renditions)
      .set({
        status: "ready",
        codecs: "avc1.640028",
        width: 1920,
        height: 1080,
        frameRate: 25,
        bandwidth: 6e6,
      })
      .where(eq(renditions.key, seededKeys.unfinished)),
  ]);
  expect(await tag()).toBe(first);
  await publishHere(env, { titleIds: [growing.titleId] });
  expect(await tag()).not.toBe(first);
});

test("an asset that is being worked on again goes on playing", async () => {
  const again = await seedTitle(env);
  await db.update(assets).set({ status: "preparing" }).where(eq(assets.id, again.assetId));
  await publishHere(env, { titleIds: [again.titleId] });
  const pass = await tokenOf(again.titleId, again.assetId);
  expect((await get(segment, { token: pass })).status).toBe(200);
});

test("what the viewer may cache is private and ends with the token", async () => {
  const lifetime = 6 * 3600 + 12;
  const header = (await get(segment)).headers.get("Cache-Control") ?? "";
  const seconds = Number(/^private, max-age=([0-9]+), immutable$/.exec(header)?.[1]);
  expect(seconds).toBeLessThanOrEqual(lifetime);
  expect(seconds).toBeGreaterThan(lifetime - 600);
  expect((await get("main.m3u8")).headers.get("Cache-Control")).toBe("private, max-age=15");
});

test("any page's player may read, and may ask first", async () => {
  const preflight = await get(segment, {
    method: "OPTIONS",
    headers: { Origin: "https://player.test", "Access-Control-Request-Method": "GET" },
  });
  expect(preflight.status).toBe(204);
  expect(preflight.headers.get("Access-Control-Allow-Headers")).toContain("Range");
  const response = await get(segment);
  expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
  for (const name of ["Content-Length", "Content-Range", "ETag", "Date"]) {
    expect(response.headers.get("Access-Control-Expose-Headers")).toContain(name);
  }
});

test("media can only be read", async () => {
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    const response = await get(segment, { method });
    expect(response.headers.get("Allow")).toBe("GET, HEAD, OPTIONS");
    expect(await refusal(response)).toEqual([405, "method_not_allowed"]);
  }
});
