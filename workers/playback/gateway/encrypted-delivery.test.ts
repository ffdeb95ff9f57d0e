import { env, exports } from "cloudflare:workers";
import { createDecipheriv } from "node:crypto";
import { eq } from "drizzle-orm";
import { beforeAll, beforeEach, expect, test } from "vitest";
import { type SendOptions, send } from "../../../test/support/http.ts";
import { aPublishedFilm } from "../../../test/support/publish-film.ts";
import { publishHere } from "../../../test/support/publish-here.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions, titles } from "../../catalog/schema.ts";
import { readPlaylist } from "../../hls/read-playlist.ts";
import { playbackClaims, signPlaybackToken } from "../tokens/playback-token.ts";

const db = openDatabase(env);
const textKey = "t0-1a2b3c4d5e";
let assetId = "";
/** Folders of the first revision under the newer and the older secret, and of the second revision. */
let k1 = "";
let k1old = "";
let k2 = "";
let titleId = "";
let videoKey = "";
let audioKey = "";
let producer: { producerId: string; key: string };
/** Issued before anything was encrypted, and after. */
let old = "";
let token = "";

/** A token issued so many seconds before now. */
async function issue(secondsAgo = 0, of = { title: titleId, asset: assetId }): Promise<string> {
  const claims = playbackClaims({ ...of, durationSeconds: 24 }, Date.now() - secondsAgo * 1000);
  return await signPlaybackToken(env, claims);
}

const get = (path: string, { as = token, ...options }: SendOptions & { as?: string } = {}) =>
  send(`/v/${as}/${path}`, options);

async function bytesOf(path: string): Promise<Buffer> {
  const response = await get(path);
  expect(response.status, path).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

async function stored(path: string): Promise<Buffer> {
  const object = await env.MEDIA.get(`media/${assetId}/${path}`);
  return Buffer.from((await object?.arrayBuffer()) ?? new ArrayBuffer(0));
}

async function refusal(response: Response): Promise<[status: number, code: unknown]> {
  return [response.status, (await response.json<{ code: unknown }>()).code];
}

async function encrypt(encryption: string): Promise<Response> {
  return await exports.default.fetch(`http://marquee.test/v1/titles/${titleId}`, {
    method: "PATCH",
    headers: { Authorization: `Bearer ${producer.key}` },
    body: JSON.stringify({ encryption }),
  });
}

/** Decrypts as a player does by RFC 8216 §5.2, for the n-th segment of a playlist that names no IV. */
function decrypt(secret: Buffer, key: Buffer, n: number): Buffer {
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE(n, 12);
  const decipher = createDecipheriv("aes-128-cbc", key, iv);
  return Buffer.concat([decipher.update(secret), decipher.final()]);
}

/** The pieces of a media playlist with the key that the playlist says for each. */
async function piecesOf(path: string): Promise<{ uri: string; keyUri: string; n: number }[]> {
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const lines = (await bytesOf(path)).toString().split("\n");
  let keyUri = "";
  let n = 0;
  return lines.flatMap((line) => {
    keyUri = /^#EXT-X-KEY:METHOD=AES-128,URI="([^"]+)"$/.exec(line)?.[1] ?? keyUri;
    return line === "" || line.startsWith("#")
      ? []
      : [{ uri: folder + line, keyUri: folder + keyUri, n: n++ }];
  });
}

async function mainOf(as = token) {
  const main = readPlaylist(await (await get("main.m3u8", { as })).text());
  if (main.kind !== "multivariant") throw new Error("not a multivariant playlist");
  return main;
}

beforeAll(async () => {
  const film = await aPublishedFilm(env, Date.now());
  assetId = film.assetId;
  [k1, k1old, k2] = [`k1-c2-${assetId}`, `k1-c1-${assetId}`, `k2-c2-${assetId}`];
  videoKey = film.plan.video[0]?.key ?? "";
  audioKey = film.plan.audio[0]?.key ?? "";
  titleId = (await db.select().from(titles).where(eq(titles.assetId, assetId)).get())?.id ?? "";
  producer = await seedProducer(env);
  await db.update(titles).set({ producerId: producer.producerId }).where(eq(titles.id, titleId));
  await db.insert(renditions).values({
    assetId,
    key: textKey,
    kind: "text",
    label: "English",
    language: "en",
    status: "ready",
    codecs: "wvtt",
    bandwidth: 100,
  });
  await publishHere(env, { titleIds: [titleId] });
  await env.MEDIA.put(`media/${assetId}/${textKey}/playlist.m3u8`, "#EXTM3U\n#EXTINF:6,\nseg-00000.vtt\n");
  await env.MEDIA.put(`media/${assetId}/${textKey}/seg-00000.vtt`, "WEBVTT\n");
  old = await issue(5);
  expect((await encrypt("aes-128")).status).toBe(200);
  token = await issue(-1);
});

beforeEach(async () => {
  const row = await db.select().from(titles).where(eq(titles.id, titleId)).get();
  if (row?.encryption !== "aes-128") await encrypt("aes-128");
});

test("what the playlists name decrypts to exactly what is stored: every segment, picture and sound", async () => {
  const main = await mainOf();
  const uris = [
    ...main.variants.map(({ uri }) => uri),
    ...Object.values(main.audioGroups).flatMap((group) => Object.values(group).map(({ uri }) => uri ?? "")),
  ];
  expect(uris).toContain(`${videoKey}/${k1}/playlist.m3u8`);
  expect(uris).toContain(`${audioKey}/${k1}/playlist.m3u8`);
  let checked = 0;
  for (const path of uris) {
    for (const { uri, keyUri, n } of await piecesOf(path)) {
      const clear = await stored(uri.replace(`${k1}/`, ""));
      const secret = await bytesOf(uri);
      expect(secret.equals(clear)).toBe(false);
      expect(secret.includes(clear.subarray(0, 8))).toBe(false);
      expect(decrypt(secret, await bytesOf(keyUri), n)).toEqual(clear);
      checked++;
    }
    const init = path.replace("playlist.m3u8", "init.mp4");
    expect(await bytesOf(init)).toEqual(await stored(init.replace(`${k1}/`, "")));
  }
  expect(checked).toBeGreaterThan(uris.length);
});

test("I-frames decrypt alone, to exactly their bytes of the stored segments", async () => {
  const [iframes] = (await mainOf()).iFrameVariants;
  const places = (await stored(`${videoKey}/iframes.m3u8`))
    .toString()
    .matchAll(/BYTERANGE:(\d+)@(\d+)\n(\S+)/g);
  const pieces = await piecesOf(iframes?.uri ?? "");
  const wanted = [...places];
  expect(pieces).toHaveLength(wanted.length);
  for (const [n, [, length, offset, file]] of wanted.entries()) {
    const { uri, keyUri } = pieces[n] ?? { uri: "", keyUri: "" };
    const clear = (await stored(`${videoKey}/${file}`)).subarray(
      Number(offset),
      Number(offset) + Number(length),
    );
    expect(decrypt(await bytesOf(uri), await bytesOf(keyUri), n)).toEqual(clear);
  }
  expect((await get(`${videoKey}/${k1}/iframe-09999.m4s`)).status).toBe(404);
});

test("a key is 16 bytes that nobody may keep; ciphertext is for every cache", async () => {
  const key = await get(`${videoKey}/${k1}/segments-00000.key`);
  expect(key.headers.get("Content-Type")).toBe("application/octet-stream");
  expect(key.headers.get("Cache-Control")).toBe("no-store");
  expect((await key.arrayBuffer()).byteLength).toBe(16);
  const segment = await get(`${videoKey}/${k1}/seg-00000.m4s`);
  expect(segment.headers.get("Cache-Control")).toBe("public, max-age=31536000, immutable");
  expect(segment.headers.get("Content-Type")).toBe("video/iso.segment");
  await segment.arrayBuffer();
  const keys = [
    `${videoKey}/${k1}/segments-00001.key`,
    `${videoKey}/${k1}/iframes.key`,
    `${audioKey}/${k1}/iframes.key`,
  ];
  const all = await Promise.all([`${videoKey}/${k1}/segments-00000.key`, ...keys].map(bytesOf));
  expect(new Set(all.map((bytes) => bytes.toString("hex"))).size).toBe(all.length);
});

test("ranges of ciphertext are parts of the same bytes", async () => {
  const path = `${videoKey}/${k1}/seg-00001.m4s`;
  const whole = await bytesOf(path);
  const head = await get(path, { method: "HEAD" });
  expect(head.headers.get("Content-Length")).toBe(String(whole.length));
  for (const [range, start, end] of [
    ["bytes=0-9", 0, 10],
    ["bytes=7-", 7, whole.length],
    ["bytes=-5", whole.length - 5, whole.length],
  ] as const) {
    const part = await get(path, { headers: { Range: range } });
    expect(part.status).toBe(206);
    expect(part.headers.get("Content-Range")).toBe(`bytes ${start}-${end - 1}/${whole.length}`);
    expect(part.headers.get("ETag")).toBe(head.headers.get("ETag"));
    expect(Buffer.from(await part.arrayBuffer())).toEqual(whole.subarray(start, end));
  }
  const etag = head.headers.get("ETag") ?? "";
  expect((await get(path, { headers: { "If-None-Match": etag } })).status).toBe(304);
});

test("clear pictures and sound are refused; subtitles are given", async () => {
  for (const path of [
    ...[`${videoKey}/playlist.m3u8`, `${videoKey}/iframes.m3u8`, `${videoKey}/init.mp4`],
    ...[`${videoKey}/seg-00000.m4s`, `${audioKey}/seg-00000.m4s`],
  ]) {
    expect(await refusal(await get(path)), path).toEqual([403, "title_encrypted"]);
  }
  for (const file of ["playlist.m3u8", "seg-00000.vtt", "whole.vtt"]) {
    expect((await get(`${textKey}/${file}`)).status, file).toBe(200);
  }
});

test("whoever was watching when it was encrypted plays on, and gets ciphertext when they start again", async () => {
  expect((await get(`${videoKey}/seg-00001.m4s`, { as: old })).status).toBe(200);
  expect((await get(`${audioKey}/seg-00000.m4s`, { as: old })).status).toBe(200);
  expect((await mainOf(old)).variants.every(({ uri }) => uri.includes(`/${k1}/`))).toBe(true);
  expect((await get(`${videoKey}/${k1}/segments-00000.key`, { as: old })).status).toBe(200);
});

test("saying it again is no change: who came since is not taken for who was there before", async () => {
  const later = await issue(-2);
  expect((await encrypt("aes-128")).status).toBe(200);
  expect(await refusal(await get(`${videoKey}/seg-00001.m4s`, { as: later }))).toEqual([
    403,
    "title_encrypted",
  ]);
});

test("no key without a grant: forged, foreign, expired, from a country that may not see it, for a rung that is not theirs", async () => {
  const path = `${videoKey}/${k1}/segments-00000.key`;
  const foreign = await aPublishedFilm(env, Date.now());
  const row = await db.select().from(assets).where(eq(assets.id, foreign.assetId)).get();
  const others = await issue(0, { title: row?.titleId ?? "", asset: foreign.assetId });
  const expired = await issue(60 * 60 * 24 * 3);
  const end = token.at(-5) === "A" ? "B" : "A";
  const forged = `${token.slice(0, -5)}${end}${token.slice(-4)}`;
  const low = {
    ...playbackClaims({ title: titleId, asset: assetId, durationSeconds: 24 }, Date.now()),
    max_height: 1,
  };
  expect(await refusal(await get(path, { as: forged }))).toEqual([403, "token_forged"]);
  expect(await refusal(await get(path, { as: expired }))).toEqual([403, "token_expired"]);
  // Films of the same recipe have the same rendition keys: it is the folder that tells them apart.
  expect(await refusal(await get(path, { as: others }))).toEqual([404, "not_found"]);
  const own = await get(path.replace(assetId, foreign.assetId), { as: others });
  expect(Buffer.from(await own.arrayBuffer())).not.toEqual(await bytesOf(path));
  expect((await get(path, { as: await signPlaybackToken(env, low) })).status).toBe(403);
  await db
    .update(titles)
    .set({ blockedCountries: ["FR"] })
    .where(eq(titles.id, titleId));
  await encrypt("aes-128");
  expect((await get(path, { country: "FR" })).status).toBe(451);
  await db.update(titles).set({ blockedCountries: [] }).where(eq(titles.id, titleId));
  await encrypt("aes-128");
  expect((await get(path, { country: "FR" })).status).toBe(200);
});

test("addresses that nothing leads to are 404, and keys of a secret that is gone say so", async () => {
  for (const path of [
    ...[
      `${videoKey}/${k1.replace("k1", "k0")}/seg-00000.m4s`,
      `${videoKey}/${k1.replace("k1", "k01")}/seg-00000.m4s`,
      `${videoKey}/${k1.replace("k1", "k9")}/seg-00000.m4s`,
    ],
    ...[
      `${videoKey}/${k1.replace("k1", "k9")}/segments-00000.key`,
      `${videoKey}/${k1}/ledger.json`,
      `${videoKey}/${k1}/key`,
    ],
    ...[
      `${videoKey}/${k1}/seg-99999.m4s`,
      `${videoKey}/${k1.replace("k1", "k2")}/playlist.m3u8`,
      `${videoKey}/${k1}/%2e%2e%2finit.mp4`,
    ],
    ...[
      `${textKey}/${k1}/seg-00000.vtt`,
      `${textKey}/${k1}/iframes.key`,
      `${audioKey}/${k1}/iframe-00000.m4s`,
    ],
    ...[`${videoKey}/${k1.replace("k1", "K1")}/seg-00000.m4s`, `${videoKey}/${k1}/segments-00000.key/x`],
  ]) {
    expect((await get(path)).status, path).toBe(404);
  }
  for (const file of ["segments-00000.key", "seg-00000.m4s", "playlist.m3u8"]) {
    const gone = await get(`${videoKey}/${k1.replace("c2", "c9")}/${file}`);
    expect(await refusal(gone)).toEqual([410, "key_retired"]);
  }
});

test("an older secret opens what was encrypted under it, and is other ciphertext", async () => {
  const older = await bytesOf(`${videoKey}/${k1old}/seg-00000.m4s`);
  expect(older).not.toEqual(await bytesOf(`${videoKey}/${k1}/seg-00000.m4s`));
  const key = await bytesOf(`${videoKey}/${k1old}/segments-00000.key`);
  expect(decrypt(older, key, 0)).toEqual(await stored(`${videoKey}/seg-00000.m4s`));
});

test("a new revision has new keys, and who plays the one before it is not stopped", async () => {
  const before = await bytesOf(`${videoKey}/${k1}/segments-00000.key`);
  await db.update(assets).set({ revision: 2 }).where(eq(assets.id, assetId));
  await encrypt("aes-128");
  expect((await mainOf()).variants[0]?.uri).toBe(`${videoKey}/${k2}/playlist.m3u8`);
  const after = await bytesOf(`${videoKey}/${k2}/segments-00000.key`);
  expect(after).not.toEqual(before);
  const clear = await stored(`${videoKey}/seg-00000.m4s`);
  expect(decrypt(await bytesOf(`${videoKey}/${k2}/seg-00000.m4s`), after, 0)).toEqual(clear);
  expect(decrypt(await bytesOf(`${videoKey}/${k1}/seg-00000.m4s`), before, 0)).toEqual(clear);
});

test("DASH is not offered, and says why; clear again, it is, and who plays ciphertext plays on", async () => {
  expect(await refusal(await get("manifest.mpd"))).toEqual([403, "dash_not_offered"]);
  expect((await encrypt("none")).status).toBe(200);
  expect((await mainOf()).variants.every(({ uri }) => /^[\w-]+\/playlist\.m3u8$/.test(uri))).toBe(true);
  expect((await get(`${videoKey}/seg-00000.m4s`)).status).toBe(200);
  expect((await get(`${videoKey}/${k1}/seg-00000.m4s`)).status).toBe(200);
  expect((await get(`${videoKey}/${k1}/segments-00000.key`)).status).toBe(200);
});

test("only the two ways of delivering are taken", async () => {
  for (const encryption of ["AES-128", "sample-aes", "", null, true]) {
    const response = await encrypt(encryption as string);
    expect(response.status).toBe(422);
    await response.text();
  }
});
