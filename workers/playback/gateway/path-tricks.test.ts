/** Whatever is done to a media URL, nothing but the token's own files comes out, and nothing fails on our side. */
import { env, exports } from "cloudflare:workers";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { type SeededTitle, seededKeys, seedTitle } from "../../../test/support/seed-title.ts";
import { playbackClaims, signPlaybackToken } from "../tokens/playback-token.ts";

const own =
  /^(main\.m3u8|(v720p|v360p|a0-2)-1a2b3c4d5e\/(init\.mp4|seg-0000[01]\.m4s|playlist\.m3u8|iframes\.m3u8))$/;
const canary = "bytes of another film";
let film: SeededTitle;
let other: SeededTitle;
let token: string;

beforeAll(async () => {
  film = await seedTitle(env);
  other = await seedTitle(env);
  await env.MEDIA.put(`media/${other.assetId}/${seededKeys.video720}/seg-00000.m4s`, canary);
  await env.MEDIA.put("secret.m4s", canary);
  await env.MEDIA.put("media/seg-00000.m4s", canary);
  const claims = playbackClaims(
    { title: film.titleId, asset: film.assetId, durationSeconds: 12 },
    Date.now(),
  );
  token = await signPlaybackToken(env, claims);
});

async function tryPath(path: string): Promise<void> {
  const url = `http://marquee.test/v/${token}/${path}`;
  const response = await exports.default.fetch(new Request(url, { cf: { country: "DE" } }));
  const body = new TextDecoder().decode(await response.arrayBuffer());
  expect(body).not.toContain(canary);
  if (response.status === 200) {
    const asked = decodeURIComponent(new URL(url).pathname).slice(`/v/${token}/`.length);
    expect(asked).toMatch(own);
  } else {
    expect([403, 404]).toContain(response.status);
  }
}

test.each([
  "",
  "/",
  "//main.m3u8",
  "main.m3u8/",
  "main.m3u8%00",
  "MAIN.M3U8",
  `${seededKeys.video720}`,
  `${seededKeys.video720}/`,
  `${seededKeys.video720}//seg-00000.m4s`,
  `${seededKeys.video720}/seg-00000.m4s/`,
  `${seededKeys.video720}/seg-00000.m4s%00`,
  `${seededKeys.video720}/seg-00000.m4s%20`,
  `${seededKeys.video720}/seg-0.m4s`,
  `${seededKeys.video720}/seg-99999.m4s`,
  `${seededKeys.video720}/seg-000000000000000000000000.m4s`,
  `${seededKeys.video720}/poster-640.jpg`,
  `${seededKeys.poster}/poster-640.jpg`,
  `${seededKeys.audio}/iframes.m3u8`,
  `${seededKeys.video720}%2fseg-00000.m4s`,
  `${seededKeys.video720}/..%2f..%2fsecret.m4s`,
  `${seededKeys.video720}/%2e%2e/%2e%2e/secret.m4s`,
  `${seededKeys.video720}/../../../../secret.m4s`,
  `..%2f..%2fmedia/seg-00000.m4s`,
  `..\\..\\secret.m4s`,
  `%5c..%5csecret.m4s`,
  "%c0%ae%c0%ae/seg-00000.m4s",
  "%/seg-00000.m4s",
  "%zz/seg-00000.m4s",
  "__proto__/seg-00000.m4s",
  "constructor/seg-00000.m4s",
  `${"a".repeat(5000)}/seg-00000.m4s`,
  `${seededKeys.video720}/${"a".repeat(5000)}.m4s`,
])("%j gives nothing away", async (path) => {
  await tryPath(path);
});

test("any path that is put together from tricks gives nothing away", async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      "..",
      ".",
      "%2e%2e",
      "%2E.",
      "%2f",
      "%5c",
      "/",
      "//",
      "\\",
      "%00",
      "%",
      "%25",
      ";",
      "?",
      "#",
    ),
    fc.constantFrom("main.m3u8", "seg-00000.m4s", "init.mp4", "secret.m4s", "media", "a", "m", "1", "full"),
    fc.constantFrom(...Object.values(seededKeys)),
    fc.string({ unit: "binary", maxLength: 8 }),
  );
  const path = fc.oneof(
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("/")),
    fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join("")),
    fc.tuple(fc.constant(`../m/`), piece, piece).map((pieces) => pieces.join("/")),
  );
  const withOther = path.map((text) => text.replaceAll("media", `media/${other.assetId}`));
  await fc.assert(fc.asyncProperty(fc.oneof(path, withOther), tryPath), { numRuns: 300 });
});

test("any text in the place of the token is refused", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 40 }), async (text) => {
      const url = `http://marquee.test/v/${encodeURIComponent(text)}/main.m3u8`;
      const response = await exports.default.fetch(new Request(url, { cf: { country: "DE" } }));
      expect([403, 404]).toContain(response.status);
      await response.body?.cancel();
    }),
    { numRuns: 200 },
  );
});

test("the origin itself opens only the files of renditions", async () => {
  const key = seededKeys.video720;
  for (const path of [
    "/",
    "/secret.m4s",
    `/m/${film.assetId}/${key}`,
    `/m/${film.assetId}/${key}/../../seg-00000.m4s`,
    `/m/${film.assetId}/%2e%2e/seg-00000.m4s`,
    `/m/${film.assetId}/${key}/..%2f..%2fseg-00000.m4s`,
    `/a/${film.assetId}/1/other/main.m3u8`,
    `/a/${film.assetId}/2/full/main.m3u8`,
    `/a/ast_unknown/1/full/main.m3u8`,
  ]) {
    const response = await exports.Origin.fetch(new Request(`http://origin${path}`));
    expect([path, response.status, response.headers.get("Cache-Control")]).toEqual([path, 404, "no-store"]);
  }
});
