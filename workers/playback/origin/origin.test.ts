/** Contents of the cache, by key. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { publishHere } from "../../../test/support/publish-here.ts";
import { seededKeys, seedTitle } from "../../../test/support/seed-title.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { debugHeader } from "../delivery/debug-delivery.ts";
import { changesAtHeader } from "../delivery/fetch-origin.ts";
import { gateway } from "../gateway/gateway.ts";
import { playbackClaims, signPlaybackToken } from "../tokens/playback-token.ts";

test("every object of the origin is whole, tagged with its asset, and as long-lived as its path says", async () => {
  const { assetId } = await seedTitle(env);
  const forever = "public, max-age=31536000, immutable";
  for (const [path, lifetime] of [
    [`/a/${assetId}/1/full/main.m3u8`, "public, max-age=300, stale-while-revalidate=86400"],
    [`/p/${assetId}/1/${seededKeys.audio}/playlist.m3u8`, forever],
    [`/m/${assetId}/${seededKeys.audio}/seg-00000.m4s`, forever],
  ] as const) {
    const request = new Request(`http://origin${path}`, { headers: { Range: "bytes=0-1" } });
    const response = await exports.Origin.fetch(request);
    expect(response.status).toBe(200);
    expect(response.headers.get("Cache-Control")).toBe(lifetime);
    expect(response.headers.get("Cache-Tag")).toBe(assetId);
    expect(response.headers.get("ETag")).toMatch(/^"[0-9a-f]+"$/);
    const bytes = await response.arrayBuffer();
    expect(response.headers.get("Content-Length")).toBe(String(bytes.byteLength));
  }
});

test("a revision that the database doesn't know yet is not there, and that is not kept", async () => {
  const { titleId, assetId } = await seedTitle(env);
  const path = `http://origin/a/${assetId}/2/full/main.m3u8`;
  const early = await exports.Origin.fetch(path);
  expect([early.status, early.headers.get("Cache-Control")]).toEqual([404, "no-store"]);
  await openDatabase(env).update(assets).set({ revision: 2 }).where(eq(assets.id, assetId));
  await publishHere(env, { titleIds: [titleId] });
  const late = await exports.Origin.fetch(path);
  expect(late.status).toBe(200);
  await late.body?.cancel();
});

test("a multivariant playlist is kept no longer than until the rules change", async () => {
  const { assetId } = await seedTitle(env);
  const ask = async (milliseconds: number) => {
    const headers = { [changesAtHeader]: String(Date.now() + milliseconds) };
    const path = `http://origin/a/${assetId}/1/full/main.m3u8`;
    const response = await exports.Origin.fetch(new Request(path, { headers }));
    await response.body?.cancel();
    return response.headers.get("Cache-Control");
  };
  // Not kept, so the next one is not answered from the cache.
  expect(await ask(500)).toBe("no-store");
  expect(await ask(100_500)).toBe("public, max-age=100");
});

test("a playlist that is published anew is another object, and a segment is not", async () => {
  const { titleId, assetId } = await seedTitle(env);
  const db = openDatabase(env);
  const get = async (file: string) => {
    const claims = playbackClaims({ title: titleId, asset: assetId, durationSeconds: 12 }, Date.now());
    const url = `http://marquee.test/v/${await signPlaybackToken(env, claims)}/${seededKeys.audio}/${file}`;
    const response = await exports.default.fetch(new Request(url, { cf: { country: "DE" } }));
    return await response.text();
  };
  const before = await get("playlist.m3u8");
  const segment = await get("seg-00000.m4s");
  const folder = `media/${assetId}/${seededKeys.audio}`;
  const after = before.replace("TARGETDURATION:6", "TARGETDURATION:7");
  expect(after).not.toBe(before);
  await env.MEDIA.put(`${folder}/playlist.m3u8`, after);
  await env.MEDIA.delete(`${folder}/seg-00000.m4s`);
  expect(await get("playlist.m3u8")).toBe(before);
  await db.update(assets).set({ revision: 2 }).where(eq(assets.id, assetId));
  await publishHere(env, { titleIds: [titleId] });
  expect(await get("playlist.m3u8")).toBe(after);
  expect(await get("seg-00000.m4s")).toBe(segment);
});

test("on a laptop the second viewer is served from the Cache API, even when the object is gone", async () => {
  const { titleId, assetId } = await seedTitle(env);
  const ask = async (country: string, tries: number) => {
    const claims = playbackClaims(
      { title: titleId, asset: assetId, durationSeconds: 12 + tries },
      Date.now(),
    );
    const url = `http://marquee.test/v/${await signPlaybackToken(env, claims)}/${seededKeys.audio}/seg-00000.m4s`;
    const headers = { [debugHeader]: env.DEBUG_KEY };
    const response = await exports.default.fetch(new Request(url, { cf: { country }, headers }));
    return { bytes: await response.bytes(), told: response.headers.get(debugHeader) ?? "" };
  };
  const large = crypto.getRandomValues(new Uint8Array(60_000));
  const objectKey = `media/${assetId}/${seededKeys.audio}/seg-00000.m4s`;
  await env.MEDIA.put(objectKey, await new Blob([large, large]).arrayBuffer());
  const first = await ask("DE", 0);
  expect(first.told).toMatch(/^cache=miss; from=origin; object=segment; class=full; country=DE; /);
  const key = `http://origin/m/${assetId}/${seededKeys.audio}/seg-00000.m4s`;
  await expect.poll(async () => (await caches.default.match(key)) !== undefined).toBe(true);
  await env.MEDIA.delete(objectKey);
  const second = await ask("US", 1);
  expect(second.told).toMatch(/^cache=hit; from=edge; object=segment; class=full; country=US; /);
  await caches.default.delete(key);
  const third = await ask("JP", 2);
  expect(third.told).toMatch(/^cache=hit; from=isolate; object=segment; class=full; country=JP; /);
  expect(second.bytes).toEqual(first.bytes);
  expect(third.bytes).toEqual(first.bytes);
});

test("viewers with other tokens, countries, cookies and queries cause one origin request, which holds nothing of theirs", async () => {
  const { titleId, assetId } = await seedTitle(env);
  const app = new Hono().route("/v", gateway);
  const asked: Request[] = [];
  let viewers = 0;
  const watch = async (country: string, path: string, headers: Record<string, string>) => {
    const durationSeconds = 12 + viewers++; // so that no two tokens are the same
    const claims = playbackClaims({ title: titleId, asset: assetId, durationSeconds }, Date.now());
    const token = await signPlaybackToken(env, claims);
    const ctx = createExecutionContext();
    const listening = {
      waitUntil: ctx.waitUntil.bind(ctx),
      passThroughOnException: () => undefined,
      props: {},
      exports: {
        Origin: {
          fetch: (request: Request) => {
            asked.push(request);
            return exports.Origin.fetch(request);
          },
        },
      },
    };
    const request = new Request(`http://marquee.test/v/${token}/${path}?session=${token}`, {
      headers: { Cookie: `token=${token}`, Authorization: `Bearer ${token}`, ...headers },
      cf: { country },
    });
    const response = await app.fetch(request, env, listening);
    expect([200, 206]).toContain(response.status);
    await response.arrayBuffer();
    await waitOnExecutionContext(ctx);
  };
  for (const country of ["DE", "US", "JP"]) {
    await watch(country, "main.m3u8", { "Accept-Language": "de" });
    await watch(country, `${seededKeys.audio}/playlist.m3u8`, { "Accept-Language": country });
    await watch(country, `${seededKeys.audio}/seg-00000.m4s`, { "User-Agent": country });
    await watch(country, `${seededKeys.audio}/seg-00001.m4s`, { Range: "bytes=0-1" });
  }
  const keys = asked.map((request) => request.url);
  expect(keys.toSorted()).toEqual([
    `http://origin/a/${assetId}/1/full/main.m3u8`,
    `http://origin/m/${assetId}/${seededKeys.audio}/seg-00000.m4s`,
    `http://origin/m/${assetId}/${seededKeys.audio}/seg-00001.m4s`,
    `http://origin/p/${assetId}/1/${seededKeys.audio}/playlist.m3u8`,
  ]);
  for (const request of asked) {
    expect(["", "range"]).toContain([...request.headers.keys()].join());
    expect(request.cf?.country).toBeUndefined();
  }
});
