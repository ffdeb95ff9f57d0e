/** A player exchanges its token while it plays; and which pages may ask for one at all. */
import { env, exports } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { send } from "../../../test/support/http.ts";
import { publishHere } from "../../../test/support/publish-here.ts";
import { type SeededTitle, seededKeys, seedTitle } from "../../../test/support/seed-title.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, titles } from "../../catalog/schema.ts";
import { tokenLifetime } from "../tokens/playback-claims.ts";
import { type PlaybackClaims, playbackClaims, signPlaybackToken } from "../tokens/playback-token.ts";
import type { Playback } from "./describe-playback.ts";
import { tokenIn } from "./refresh-playback.ts";

const db = openDatabase(env);
const segment = `${seededKeys.video720}/seg-00000.m4s`;
let film: SeededTitle;

beforeAll(async () => {
  film = await seedTitle(env);
});

afterEach(() => {
  vi.useRealTimers();
});

interface RequestContext {
  headers?: Record<string, string>;
  country?: string;
}

const post = (path: string, body: unknown, { headers = {}, country = "DE" }: RequestContext = {}) =>
  send(`/v1/playback${path}`, { body, headers, country, origin: "http://marquee.test" });

async function refresh(url: string, asking: RequestContext = {}): Promise<Playback> {
  const response = await post("/refresh", { playback_url: url }, asking);
  expect(response.status).toBe(200);
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  return await response.json<Playback>();
}

async function code(response: Response): Promise<string> {
  const { code: stable } = await response.json<{ code: string }>();
  return `${response.status} ${stable}`;
}

const refused = async (url: string, asking: RequestContext = {}) =>
  await code(await post("/refresh", { playback_url: url }, asking));

async function urlOf(claims: Partial<PlaybackClaims> = {}, of = film): Promise<string> {
  const whole = playbackClaims({ title: of.titleId, asset: of.assetId, durationSeconds: 12 }, Date.now());
  return `http://marquee.test/v/${await signPlaybackToken(env, { ...whole, ...claims })}/main.m3u8`;
}

function claimsIn(url: string): PlaybackClaims {
  return JSON.parse(
    atob((tokenIn(url) ?? "").split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? ""),
  );
}

async function play(url: string, { headers = {}, country = "DE" }: RequestContext = {}): Promise<string> {
  const at = url.replace("main.m3u8", segment);
  const response = await exports.default.fetch(new Request(at, { headers, cf: { country } }));
  if (!response.ok) return await code(response);
  await response.body?.cancel();
  return "plays";
}

const inMinutes = (minutes: number) => Math.floor(Date.now() / 1000) + minutes * 60;

test("a token is exchanged for one that lasts longer, and the old one goes on until its end", async () => {
  const old = await urlOf({ exp: inMinutes(1) });
  const { playback_url: url, ...rest } = await refresh(old);
  expect(rest).toMatchObject({
    asset_id: film.assetId,
    title_id: film.titleId,
    slug: film.slug,
    duration: 12,
  });
  expect(claimsIn(url).exp).toBeGreaterThan(claimsIn(old).exp);
  expect([await play(old), await play(url)]).toEqual(["plays", "plays"]);
  expect(await refresh(old.replace("main.m3u8", segment))).toHaveProperty("playback_url");
});

test("a token that has just ended is exchanged too; one that ended long ago is not", async () => {
  const old = await urlOf({ exp: inMinutes(1) });
  vi.useFakeTimers({ toFake: ["Date"], now: claimsIn(old).exp * 1000 });
  expect(await play(old)).toBe("403 token_expired");
  expect(await play((await refresh(old)).playback_url)).toBe("plays");
  vi.setSystemTime(claimsIn(old).exp * 1000 + 10 * 60_000 - 1);
  expect(await play((await refresh(old)).playback_url)).toBe("plays");
  vi.setSystemTime(claimsIn(old).exp * 1000 + 10 * 60_000);
  expect(await refused(old)).toBe("403 token_expired");
});

test("what a token is bound to goes on, and is asked for in the exchange", async () => {
  const bindings = {
    countries: ["DE"],
    ip: "203.0.113.0/24",
    max_height: 360,
    origins: ["https://partner.test"],
  };
  const old = await urlOf(bindings);
  const asking = {
    headers: { "CF-Connecting-IP": "203.0.113.7", Origin: "https://partner.test" },
    country: "DE",
  };
  const response = await post("/refresh", { playback_url: old }, asking);
  expect(response.headers.get("Access-Control-Allow-Origin")).toBe("https://partner.test");
  const { playback_url: url } = await response.json<Playback>();
  expect(claimsIn(url)).toMatchObject(bindings);
  expect(await play(url, asking)).toBe("403 rung_not_allowed");
  expect(await refused(old, { ...asking, country: "FR" })).toBe("403 token_country");
  expect(await refused(old, { ...asking, headers: { Origin: "https://partner.test" } })).toBe(
    "403 token_network",
  );
  const elsewhere = { "CF-Connecting-IP": "203.0.113.7", Origin: "https://evil.test" };
  expect(await refused(old, { ...asking, headers: elsewhere })).toBe("403 token_origin");
});

test("a takedown and a rule end the exchange", async () => {
  const doomed = await seedTitle(env, { blockedCountries: ["FR"] });
  const url = await urlOf({}, doomed);
  expect(await refused(url, { country: "FR" })).toBe("451 not_available_in_country");
  await db.update(assets).set({ deletedAt: 1 }).where(eq(assets.id, doomed.assetId));
  await publishHere(env, { titleIds: [doomed.titleId] });
  expect(await refused(url)).toBe("410 no_longer_available");
});

test("a token for a film's clear form is not exchanged once it is encrypted; it goes on until its end", async () => {
  const secret = await seedTitle(env);
  const url = await urlOf({ iat: inMinutes(-2) }, secret);
  await refresh(url);
  const changed = { encryption: "aes-128", encryptionChangedAt: Date.now() - 60_000 } as const;
  await db.update(titles).set(changed).where(eq(titles.id, secret.titleId));
  await publishHere(env, { titleIds: [secret.titleId] });
  expect(await refused(url)).toBe("403 presentation_changed");
  expect(await play(url)).toBe("plays");
  const { playback_url: later } = await refresh(await urlOf({}, secret));
  expect(await play(later)).toBe("403 title_encrypted");
});

test("what is no token of ours is exchanged for nothing", async () => {
  expect(await refused("http://marquee.test/watch/film")).toBe("422 invalid_playback_url");
  expect(await refused("http://marquee.test/v/x.y.z/main.m3u8")).toBe("403 token_malformed");
  expect(await refused((await urlOf()).replace("/main", "A/main"))).toMatch(/^403 token_(forged|malformed)$/);
  expect(await refused(await urlOf({ iat: inMinutes(5), exp: inMinutes(10) }))).toBe(
    "403 token_not_yet_valid",
  );
  expect(await code(await post("/refresh", { url: "x" }))).toBe("422 invalid_input");
  const get = await exports.default.fetch(new Request("http://marquee.test/v1/playback/refresh"));
  expect(await code(get)).toBe("405 method_not_allowed");
});

test("a viewer may ask for no higher picture than they want", async () => {
  const response = await post("", { title: film.slug, max_height: 360 });
  const { playback_url: url } = await response.json<Playback>();
  expect(await play(url)).toBe("403 rung_not_allowed");
  const main = await exports.default.fetch(new Request(url, { cf: { country: "DE" } }));
  const playlist = await main.text();
  expect(playlist).toContain(seededKeys.video360);
  expect(playlist).not.toContain(seededKeys.video720);
  expect(await code(await post("", { title: film.slug, max_height: 0 }))).toBe("422 invalid_input");
});

test("a title may name the pages that play it; our own always may", async () => {
  const embedded = await seedTitle(env);
  await db
    .update(titles)
    .set({ allowedOrigins: ["https://partner.test"], allowsNativePlayers: false })
    .where(eq(titles.id, embedded.titleId));
  await publishHere(env, { titleIds: [embedded.titleId] });
  const ask = (headers: Record<string, string>) => post("", { title: embedded.slug }, { headers });
  expect(await code(await ask({ Origin: "https://evil.test" }))).toBe("403 origin_not_allowed");
  expect(await code(await ask({}))).toBe("403 origin_missing");
  const partner = await (await ask({ Origin: "https://partner.test" })).json<Playback>();
  const own = await (await ask({ Origin: "http://marquee.test" })).json<Playback>();
  for (const { playback_url: url } of [partner, own]) {
    expect(await play(url, { headers: { Origin: "https://partner.test" } })).toBe("plays");
    expect(await play(url, { headers: { Referer: "http://marquee.test/watch/film" } })).toBe("plays");
    expect(await play(url, { headers: { Origin: "https://evil.test" } })).toBe("403 origin_not_allowed");
    expect(await play(url, { headers: { "Sec-Fetch-Site": "cross-site" } })).toBe("403 origin_not_allowed");
    expect(await play(url)).toBe("403 origin_missing");
    // Another host of the same service, as a second network sees it: our page is still ours.
    const other = url.replace("//marquee.test/", "//cdn.test/");
    expect(await play(other, { headers: { Origin: "http://marquee.test" } })).toBe("plays");
    expect(await play(other, { headers: { Origin: "http://other.test" } })).toBe("403 origin_not_allowed");
  }
  await db.update(titles).set({ allowsNativePlayers: true }).where(eq(titles.id, embedded.titleId));
  await publishHere(env, { titleIds: [embedded.titleId] });
  expect(await play(partner.playback_url)).toBe("plays");
});

test("a page that reaches the service by its own host name is still not one of ours", async () => {
  const embedded = await seedTitle(env);
  const { titleId } = embedded;
  const rule = { allowedOrigins: ["https://partner.test"], allowsNativePlayers: true };
  await db.update(titles).set(rule).where(eq(titles.id, titleId));
  await publishHere(env, { titleIds: [titleId] });
  const evil = "http://evil.test";
  const ask = (headers: Record<string, string>) =>
    send("/v1/playback", { body: { title: embedded.slug }, headers, origin: evil });
  for (const page of [{ Origin: evil }, { Referer: `${evil}/a` }, { "Sec-Fetch-Site": "same-origin" }]) {
    expect(await code(await ask(page)), JSON.stringify(page)).toBe("403 origin_not_allowed");
  }
  // Asked by a name that is not ours, the answer's addresses are ours all the same.
  const native = await (await ask({})).json<Playback>();
  for (const url of [native.playback_url, native.poster_url, native.storyboard_url ?? native.poster_url]) {
    expect(url).toMatch(/^https:\/\/marquee\.test\//);
  }
  const token = native.playback_url.split("/")[4] ?? "";
  const there = `${evil}/v/${token}/main.m3u8`;
  expect(await play(there, { headers: { Origin: evil } })).toBe("403 origin_not_allowed");
  // Nor does a token make it one, whoever it says has issued it.
  const issued = await urlOf({ iss: evil }, embedded);
  expect(await play(issued, { headers: { Origin: evil } })).toBe("403 origin_not_allowed");
});

test("a forged refusal of one page is not kept for another", async () => {
  const embedded = await seedTitle(env);
  await db.update(titles).set({ allowedOrigins: [] }).where(eq(titles.id, embedded.titleId));
  await publishHere(env, { titleIds: [embedded.titleId] });
  const url = await urlOf({}, embedded);
  const response = await exports.default.fetch(
    new Request(url, { headers: { Origin: "https://evil.test" } }),
  );
  expect(response.headers.get("Cache-Control")).toBe("no-store");
  expect(response.headers.get("Vary")).toContain("Origin");
  expect(await code(response)).toBe("403 origin_not_allowed");
});

test("the lifetime of tokens is a number of seconds, or nothing", () => {
  expect(tokenLifetime({ PLAYBACK_TOKEN_SECONDS: "" })).toBeNull();
  expect(tokenLifetime({ PLAYBACK_TOKEN_SECONDS: "600" })).toBe(600);
  for (const text of ["4", "0", "-1", "1.5", "ten", "1e9"]) {
    expect(() => tokenLifetime({ PLAYBACK_TOKEN_SECONDS: text })).toThrow("PLAYBACK_TOKEN_SECONDS");
  }
});
