/** Answers with media: ranges, HEAD, validators and gzip, through the gateway. */
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { send } from "../../../test/support/http.ts";
import { seededKeys, seededPlaylist, seededSegment, seedTitle } from "../../../test/support/seed-title.ts";
import { playbackClaims, signPlaybackToken } from "../tokens/playback-token.ts";

const whole = seededSegment(`${seededKeys.video720} 0`);
const segment = `${seededKeys.video720}/seg-00000.m4s`;
const playlist = `${seededKeys.video720}/playlist.m3u8`;
let base: string;

beforeAll(async () => {
  const { titleId, assetId } = await seedTitle(env);
  const claims = playbackClaims({ title: titleId, asset: assetId, durationSeconds: 12 }, Date.now());
  base = `http://marquee.test/v/${await signPlaybackToken(env, claims)}/`;
});

const get = (path: string, headers: Record<string, string> = {}, method = "GET") =>
  send(base + path, { method, headers });

async function bytes(response: Response): Promise<Uint8Array> {
  return new Uint8Array(await response.arrayBuffer());
}

test("any range is the same bytes that a slice of the whole has", async () => {
  const position = fc.nat({ max: whole.length + 50 });
  await fc.assert(
    fc.asyncProperty(fc.option(position), fc.option(position), async (first, last) => {
      fc.pre(first !== null || last !== null);
      const response = await get(segment, { Range: `bytes=${first ?? ""}-${last ?? ""}` });
      const body = await bytes(response);
      const start = first ?? Math.max(0, whole.length - (last ?? 0));
      const end = first === null ? whole.length : Math.min(whole.length, (last ?? whole.length) + 1);
      if (first !== null && last !== null && last < first) {
        expect([response.status, body]).toEqual([200, whole]);
      } else if (start >= whole.length) {
        expect(response.status).toBe(416);
        expect(response.headers.get("Content-Range")).toBe(`bytes */${whole.length}`);
      } else {
        expect(response.status).toBe(206);
        expect(response.headers.get("Content-Range")).toBe(`bytes ${start}-${end - 1}/${whole.length}`);
        expect(response.headers.get("Content-Length")).toBe(String(end - start));
        expect(body).toEqual(whole.slice(start, end));
      }
    }),
    { numRuns: 200 },
  );
});

test("several ranges, or nonsense, give the whole", async () => {
  for (const range of ["bytes=0-1,4-5", "bytes=x", "lines=0-1", "bytes=-", "0-5"]) {
    const response = await get(segment, { Range: range });
    expect([response.status, await bytes(response)]).toEqual([200, whole]);
  }
});

test("If-Range slices only what is still the same", async () => {
  const etag = (await get(segment)).headers.get("ETag") ?? "";
  expect(etag).toMatch(/^"[0-9a-f]+"$/);
  const asked = async (ifRange: string) =>
    (await get(segment, { Range: "bytes=0-9", "If-Range": ifRange })).status;
  expect(await asked(etag)).toBe(206);
  expect(await asked('"other"')).toBe(200);
  expect(await asked(`W/${etag}`)).toBe(200);
  expect(await asked("Sun, 22 Nov 2026 00:00:00 GMT")).toBe(200);
});

test("HEAD tells what GET would give, without a body, and ignores ranges", async () => {
  for (const [path, headers] of [
    [segment, {}],
    [playlist, {}],
    [playlist, { "Accept-Encoding": "gzip" }],
    ["main.m3u8", {}],
    ["main.m3u8", { "Accept-Encoding": "gzip" }],
  ] as const) {
    const got = await get(path, headers);
    const head = await get(path, headers, "HEAD");
    expect(head.status).toBe(200);
    expect((await bytes(head)).length).toBe(0);
    for (const name of [
      "Content-Type",
      "Content-Length",
      "Content-Encoding",
      "ETag",
      "Cache-Control",
      "Vary",
    ]) {
      expect([name, head.headers.get(name)]).toEqual([name, got.headers.get(name)]);
    }
    expect(Number(head.headers.get("Content-Length"))).toBeGreaterThan(0);
    await got.body?.cancel();
  }
  const ranged = await get(segment, { Range: "bytes=0-9" }, "HEAD");
  expect([ranged.status, ranged.headers.get("Content-Length")]).toEqual([200, String(whole.length)]);
});

test("a viewer who has it already gets 304", async () => {
  for (const path of [segment, playlist, "main.m3u8"]) {
    const etag = (await get(path)).headers.get("ETag") ?? "";
    for (const known of [etag, `W/${etag}`, `"old", ${etag}`, "*"]) {
      for (const method of ["GET", "HEAD"]) {
        const response = await get(path, { "If-None-Match": known, Range: "bytes=0-1" }, method);
        expect([response.status, (await bytes(response)).length]).toEqual([304, 0]);
        expect(response.headers.get("ETag")).toBe(etag);
        expect(response.headers.get("Cache-Control")).toContain("private");
      }
    }
    expect((await get(path, { "If-None-Match": '"old"' })).status).toBe(200);
  }
});

test("playlists are compressed for whoever takes it, and media never", async () => {
  for (const accepts of ["gzip", "gzip, deflate, br", "br;q=1, GZIP;q=0.5"]) {
    const response = await get(playlist, { "Accept-Encoding": accepts });
    expect(response.headers.get("Content-Encoding")).toBe("gzip");
    expect(response.headers.get("Vary")).toBe("Accept-Encoding");
    expect(response.headers.get("ETag")).toMatch(/^W\//);
    // The runtime undoes the encoding for us, as a browser does.
    expect(new TextDecoder().decode(await bytes(response))).toBe(seededPlaylist);
  }
  for (const accepts of ["", "br", "gzip;q=0", "gzip; q=0.0, br"]) {
    const response = await get(playlist, { "Accept-Encoding": accepts });
    expect(response.headers.get("Content-Encoding")).toBeNull();
    expect(response.headers.get("Vary")).toBe("Accept-Encoding");
    expect(response.headers.get("Content-Length")).toBe(String(seededPlaylist.length));
    expect(new TextDecoder().decode(await bytes(response))).toBe(seededPlaylist);
  }
  const media = await get(segment, { "Accept-Encoding": "gzip" });
  expect(media.headers.get("Content-Encoding")).toBeNull();
  await media.body?.cancel();
});

test("a range of a playlist is of its plain text", async () => {
  const response = await get(playlist, { "Accept-Encoding": "gzip", Range: "bytes=0-6" });
  expect(response.status).toBe(206);
  expect(response.headers.get("Content-Encoding")).toBeNull();
  expect(new TextDecoder().decode(await bytes(response))).toBe("#EXTM3U");
});

test("a gzip validator is good for 304 of either form", async () => {
  const etag = (await get(playlist, { "Accept-Encoding": "gzip" })).headers.get("ETag") ?? "";
  expect((await get(playlist, { "If-None-Match": etag })).status).toBe(304);
});
