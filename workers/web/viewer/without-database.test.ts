/** An outage of D1, as viewers see it: they don't. */
import { env, exports } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { publishTitle } from "../../../test/support/publish.ts";
import { publishHere } from "../../../test/support/publish-here.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { type SeededTitle, seededKeys, seedTitle } from "../../../test/support/seed-title.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, pathways } from "../../catalog/schema.ts";
import type { Playback } from "../../playback/issue/describe-playback.ts";

const segment = `${seededKeys.video720}/seg-00000.m4s`;

beforeEach(() => {
  vi.spyOn(console, "error").mockReturnValue(undefined);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** From now on every call of the database throws. */
function loseDatabase() {
  const lost = () => {
    throw new Error("D1_ERROR: unreachable");
  };
  return [
    vi.spyOn(env.DB, "prepare").mockImplementation(lost),
    vi.spyOn(env.DB, "batch").mockImplementation(lost),
    vi.spyOn(env.DB, "withSession").mockImplementation(lost),
  ];
}

async function get(url: string, country = "DE"): Promise<Response> {
  return await exports.default.fetch(new Request(new URL(url, "http://marquee.test"), { cf: { country } }));
}

async function start(film: SeededTitle): Promise<Playback> {
  const init = { method: "POST", body: JSON.stringify({ title: film.slug }), cf: { country: "DE" } };
  const response = await exports.default.fetch(new Request("http://marquee.test/v1/playback", init));
  expect(response.status).toBe(200);
  return await response.json<Playback>();
}

async function play({ playback_url: url }: Playback): Promise<number> {
  const response = await get(url.replace("main.m3u8", segment));
  await response.body?.cancel();
  return response.status;
}

async function status(url: string): Promise<number> {
  const response = await get(url);
  await response.body?.cancel();
  return response.status;
}

test("with D1 gone a film plays on, and new plays of warm and of cold titles start", async () => {
  const [warm, cold, taken] = [await seedTitle(env), await seedTitle(env), await seedTitle(env)];
  const running = await start(warm);
  const stopped = await start(taken);
  expect(await play(running)).toBe(200);
  await openDatabase(env).update(assets).set({ deletedAt: 1 }).where(eq(assets.id, taken.assetId));
  await publishHere(env, { titleIds: [taken.titleId] });
  const calls = loseDatabase();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  for (const minutes of [0, 5, 15]) {
    vi.setSystemTime(Date.now() + minutes * 60_000);
    expect(await play(running)).toBe(200);
    expect(await play(stopped)).toBe(410);
    for (const film of [warm, cold]) {
      const fresh = await start(film);
      expect(await play(fresh)).toBe(200);
      expect(await status(fresh.playback_url)).toBe(200);
      expect(await status(String(fresh.poster_url))).toBe(200);
    }
  }
  const refreshed = await exports.default.fetch("http://marquee.test/v1/playback/refresh", {
    method: "POST",
    body: JSON.stringify({ playback_url: running.playback_url }),
  });
  expect(refreshed.status).toBe(200);
  for (const call of calls) expect(call).not.toHaveBeenCalled();
});

test("the page of a film that plays is whole but for other films, and refusals keep their words", async () => {
  const film = await seedTitle(env, { title: "The Long Way", blockedCountries: ["FR"] });
  loseDatabase();
  const page = await get(`/watch/${film.slug}`);
  expect(page.status).toBe(200);
  const html = await page.text();
  expect(html).toContain("The Long Way");
  expect(html).toContain(`poster-1280.jpg`);
  expect(html).not.toContain("More films");
  expect((await get(`/watch/${film.slug}`, "FR")).status).toBe(451);
  expect((await get("/watch/no-such-film")).status).toBe(404);
});

test("producers' keys and pathways hold", async () => {
  const { key, producerId } = await seedProducer(env);
  const operator = await seedProducer(env, { isOperator: true });
  const call = (path: string, method: string, body: unknown, bearer: string) =>
    exports.default.fetch(`http://marquee.test/v1/${path}`, {
      ...{ method, body: JSON.stringify(body) },
      headers: { Authorization: `Bearer ${bearer}` },
    });
  const made = await call("signing-keys", "POST", {}, key);
  const { kid, private_key: jwk } = await made.json<{ kid: string; private_key: JsonWebKey }>();
  const onNet = { base_url: "https://cache.example", priority: 1 };
  expect((await call("ops/pathways/on-net", "PUT", onNet, operator.key)).status).toBe(201);
  const film = await seedTitle(env);
  await openDatabase(env).update(assets).set({ producerId }).where(eq(assets.id, film.assetId));
  await publishHere(env, { titleIds: [film.titleId] });
  loseDatabase();
  const { playback_url: url } = await start(film);
  const signer = await crypto.subtle.importKey("jwk", jwk, "Ed25519", false, ["sign"]);
  const base64url = (bytes: Uint8Array) => bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  const json = (value: unknown) => base64url(new TextEncoder().encode(JSON.stringify(value)));
  const iat = Math.floor(Date.now() / 1000);
  const claims = { aud: "marquee-playback", asset: film.assetId, iat, exp: iat + 3600 };
  const signed = `${json({ alg: "EdDSA", kid })}.${json(claims)}`;
  const signature = await crypto.subtle.sign("Ed25519", signer, new TextEncoder().encode(signed));
  expect(await status(`/v/${signed}.${base64url(new Uint8Array(signature))}/${segment}`)).toBe(200);
  const steering = await get(url.replace("main.m3u8", "steering.json"));
  expect(await steering.json()).toMatchObject({ "PATHWAY-PRIORITY": ["on-net", "edge"] });
  const token = `${btoa('{"alg":"EdDSA","kid":"sgk_00000000000000000000"}').replaceAll("=", "")}.e30.AA`;
  const response = await get(`/v/${token}/main.m3u8`);
  expect(await response.json()).toMatchObject({ code: "token_key_unknown" });
  vi.restoreAllMocks();
  await openDatabase(env).delete(pathways);
});

test("with storage gone too, what is held plays for ten minutes; then it says that it can't know the rules", async () => {
  const film = await seedTitle(env);
  const running = await start(film);
  expect(await play(running)).toBe(200);
  loseDatabase();
  const read = vi.spyOn(env.MEDIA, "get").mockImplementation(() => {
    throw new Error("R2 is unreachable");
  });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const from = Date.now();
  for (const seconds of [11, 60, 590]) {
    vi.setSystemTime(from + seconds * 1000);
    expect(await play(running), `${seconds} s`).toBe(200);
  }
  vi.setSystemTime(from + 601_000);
  const response = await get(running.playback_url.replace("main.m3u8", segment));
  expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "1"]);
  expect(await response.json()).toMatchObject({ code: "rules_unknown" });
  read.mockRestore();
  vi.setSystemTime(from + 603_000);
  expect(await play(running)).toBe(200);
});

test("a takedown made elsewhere is known here within 15 s, D1 or not", async () => {
  const film = await seedTitle(env);
  const running = await start(film);
  expect(await play(running)).toBe(200);
  await openDatabase(env).update(assets).set({ deletedAt: 1 }).where(eq(assets.id, film.assetId));
  await publishTitle(env, film.titleId);
  loseDatabase();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 15_000 });
  expect(await play(running)).toBe(410);
});
