import { env, exports } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { seededKeys, seedTitle } from "../../../test/support/seed-title.ts";
import { playbackClaims, signPlaybackToken } from "../tokens/playback-token.ts";
import { debugHeader, mayDebug } from "./debug-delivery.ts";

let base: string;

beforeAll(async () => {
  const { titleId, assetId } = await seedTitle(env);
  const claims = playbackClaims({ title: titleId, asset: assetId, durationSeconds: 12 }, Date.now());
  base = `http://marquee.test/v/${await signPlaybackToken(env, claims)}`;
});

async function get(path: string, key: string | null): Promise<Response> {
  const headers: Record<string, string> = key === null ? {} : { [debugHeader]: key };
  const response = await exports.default.fetch(
    new Request(`${base}/${path}`, { headers, cf: { country: "DE" } }),
  );
  await response.arrayBuffer();
  return response;
}

test("whoever holds the key is told how an answer came about", async () => {
  const file = `${seededKeys.video360}/init.mp4`;
  const miss = await get(file, env.DEBUG_KEY);
  expect(miss.headers.get(debugHeader)).toMatch(
    /^cache=miss; from=origin; object=init; class=\S+; country=DE; rule=\S+; gateway_ms=[0-9.]+; origin_ms=[0-9.]+$/,
  );
  const hit = await get(file, env.DEBUG_KEY);
  expect(hit.headers.get(debugHeader)).toMatch(/^cache=hit; from=isolate; object=init; /);
  expect(hit.headers.get("Server-Timing")).toMatch(
    /^cache;desc=hit, gateway;dur=[0-9.]+, origin;dur=[0-9.]+$/,
  );
});

test.each([null, "", "wrong", "debug-key-of-the-test", "debug-key-of-the-testsx"])(
  "with the key %j only hit or miss is told",
  async (key) => {
    const response = await get(`${seededKeys.video360}/playlist.m3u8`, key);
    expect(response.status).toBe(200);
    expect(response.headers.get(debugHeader)).toBeNull();
    expect(response.headers.get("Server-Timing")).toMatch(/^cache;desc=(hit|miss)$/);
  },
);

test("without a secret nothing opens, an empty key included", async () => {
  for (const shown of ["", "undefined"]) {
    const request = new Request("http://marquee.test/", { headers: { [debugHeader]: shown } });
    expect(await mayDebug(request, { DEBUG_KEY: "" })).toBe(false);
  }
});
