/** What stands in the cache, and under which key. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { Hono } from "hono";
import { expect, test } from "vitest";
import { seededKeys, seedTitle } from "../../test/seed-title.ts";
import { gateway } from "./gateway.ts";
import { playbackClaims, signPlaybackToken } from "./playback-token.ts";

test("every object of the origin is whole, immutable for a year, and tagged with its asset", async () => {
  const { assetId } = await seedTitle(env);
  for (const path of [`/a/${assetId}/1/full/main.m3u8`, `/m/${assetId}/${seededKeys.audio}/seg-00000.m4s`]) {
    const request = new Request(`http://origin${path}`, { headers: { Range: "bytes=0-1" } });
    const response = await exports.Origin.fetch(request);
    expect(response.status).toBe(200);
    expect(response.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
    expect(response.headers.get("Cache-Tag")).toBe(assetId);
    expect(response.headers.get("ETag")).toMatch(/^"[0-9a-f]+"$/);
    const bytes = await response.arrayBuffer();
    expect(response.headers.get("Content-Length")).toBe(String(bytes.byteLength));
  }
});

test("on a laptop the second viewer is served from the Cache API, even when the object is gone", async () => {
  const { titleId, assetId } = await seedTitle(env);
  const url = async () => {
    const claims = playbackClaims({ title: titleId, asset: assetId, durationSeconds: 12 }, Date.now());
    return `http://marquee.test/v/${await signPlaybackToken(env, claims)}/${seededKeys.audio}/seg-00000.m4s`;
  };
  const first = await exports.default.fetch(new Request(await url(), { cf: { country: "DE" } }));
  const bytes = await first.arrayBuffer();
  expect(first.headers.get("Server-Timing")).toBe("cache;desc=miss, policy;desc=full");
  const key = `http://origin/m/${assetId}/${seededKeys.audio}/seg-00000.m4s`;
  await expect.poll(async () => (await caches.default.match(key)) !== undefined).toBe(true);
  await env.MEDIA.delete(`media/${assetId}/${seededKeys.audio}/seg-00000.m4s`);
  const second = await exports.default.fetch(new Request(await url(), { cf: { country: "US" } }));
  expect(second.headers.get("Server-Timing")).toBe("cache;desc=hit, policy;desc=full");
  expect(await second.arrayBuffer()).toEqual(bytes);
});

test("what the cache is asked holds no token, no country, and no header of the viewer's but the range", async () => {
  const { titleId, assetId } = await seedTitle(env);
  const app = new Hono().route("/v", gateway);
  const asked: Request[] = [];
  const watch = async (country: string, path: string, headers: Record<string, string>) => {
    const claims = playbackClaims({ title: titleId, asset: assetId, durationSeconds: 12 }, Date.now());
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
    await watch(country, "main.m3u8", { "Accept-Language": country });
    await watch(country, `${seededKeys.audio}/seg-00000.m4s`, { Range: "bytes=0-1" });
  }
  const keys = new Set(asked.map((request) => request.url));
  expect([...keys]).toEqual([
    `http://origin/a/${assetId}/1/full/main.m3u8`,
    `http://origin/m/${assetId}/${seededKeys.audio}/seg-00000.m4s`,
  ]);
  for (const request of asked) {
    expect(["", "range"]).toContain([...request.headers.keys()].join());
    expect(request.cf?.country).toBeUndefined();
  }
});
