import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeAll, expect, test } from "vitest";
import { type SendOptions, send } from "../../../test/support/http.ts";
import { aPublishedFilm } from "../../../test/support/publish-film.ts";
import { publishHere } from "../../../test/support/publish-here.ts";
import { openDatabase } from "../../catalog/database.ts";
import { renditions, titles } from "../../catalog/schema.ts";
import { playbackClaims, signPlaybackToken } from "../tokens/playback-token.ts";

const db = openDatabase(env);
const textKey = "t0-1a2b3c4d5e";
const smallKey = "v120p-1a2b3c4d5e";
let videoKey = "";
let assetId = "";
let titleId = "";
let token = "";

const get = (path: string, { as = token, ...options }: SendOptions & { as?: string } = {}) =>
  send(`/v/${as}/${path}`, options);

/** Every address that a manifest leads to, from the folder that it is in. */
function addressesIn(manifest: string): string[] {
  return manifest.split("<AdaptationSet ").flatMap((set) => {
    const template = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(set)?.[1] ?? "";
    const segments = [...set.matchAll(/<S t="\d+" d="\d+"(?: r="(\d+)")?\/>/g)].reduce(
      (sum, [, repeats]) => sum + Number(repeats ?? 0) + 1,
      0,
    );
    const ids = [...set.matchAll(/<Representation id="([^"]+)"/g)].map(([, id]) => id ?? "");
    const base = [...set.matchAll(/<BaseURL>([^<]+)</g)].map(([, url]) => url ?? "");
    if (base.length > 0) return base;
    return ids.flatMap((id) => [
      template("initialization").replace("$RepresentationID$", id),
      ...Array.from({ length: segments }, (_, n) =>
        template("media")
          .replace("$RepresentationID$", id)
          .replace("$Number%05d$", String(n).padStart(5, "0")),
      ),
    ]);
  });
}

beforeAll(async () => {
  ({ assetId } = await aPublishedFilm(env, Date.now()));
  titleId = (await db.select().from(titles).where(eq(titles.assetId, assetId)).get())?.id ?? "";
  const video = await db.select().from(renditions).where(eq(renditions.kind, "video")).get();
  if (video === undefined) throw new Error("the film has no video");
  videoKey = video.key;
  await db.insert(renditions).values({ ...video, key: smallKey, width: 212, height: 120, bandwidth: 1 });
  for (const { key } of (await env.MEDIA.list({ prefix: `media/${assetId}/${videoKey}/` })).objects) {
    const object = await env.MEDIA.get(key);
    await env.MEDIA.put(key.replace(videoKey, smallKey), (await object?.arrayBuffer()) ?? "");
  }
  await db.insert(renditions).values({
    assetId,
    key: textKey,
    kind: "text",
    label: "Deutsch",
    language: "de",
    status: "ready",
    codecs: "wvtt",
    bandwidth: 100,
  });
  const cue = (text: string) =>
    `WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n00:00:01.000 --> 00:00:02.000\n${text}\n`;
  const files = ["seg-00000.vtt", "seg-00001.vtt"];
  const playlist = ["#EXTM3U", ...files.flatMap((file) => ["#EXTINF:6,", file]), ""].join("\n");
  await publishHere(env, { titleIds: [titleId] });
  await env.MEDIA.put(`media/${assetId}/${textKey}/playlist.m3u8`, playlist);
  for (const file of files) await env.MEDIA.put(`media/${assetId}/${textKey}/${file}`, cue(file));
  token = await signPlaybackToken(
    env,
    playbackClaims({ title: titleId, asset: assetId, durationSeconds: 24 }, Date.now()),
  );
});

test("every address of the manifest is there, under the token of the manifest", async () => {
  const response = await get("manifest.mpd");
  expect(response.status).toBe(200);
  expect(response.headers.get("Content-Type")).toBe("application/dash+xml");
  expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
  const manifest = await response.text();
  expect(manifest).toContain('mediaPresentationDuration="PT24S"');
  const rows = await db.select().from(renditions).where(eq(renditions.assetId, assetId));
  const played = rows.filter(
    ({ kind, status }) => status === "ready" && (kind === "video" || kind === "audio"),
  );
  const addresses = addressesIn(manifest);
  expect(addresses).toContain(`${textKey}/whole.vtt`);
  const expected = played.reduce((sum, { segmentCount }) => sum + 1 + (segmentCount ?? 0), 1);
  expect(addresses).toHaveLength(expected);
  for (const address of addresses) {
    expect(address).not.toMatch(/^(\/|https?:)/);
    const found = await get(address);
    expect(found.status, address).toBe(200);
    await found.arrayBuffer();
  }
});

test("subtitles are one file, which grows smaller by gzip like any text", async () => {
  const whole = await get(`${textKey}/whole.vtt`, { headers: { "Accept-Encoding": "identity" } });
  expect(whole.headers.get("Content-Type")).toBe("text/vtt");
  expect(await whole.text()).toBe(
    "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nseg-00000.vtt\n\n00:00:01.000 --> 00:00:02.000\nseg-00001.vtt\n",
  );
  const [video] = addressesIn(await (await get("manifest.mpd")).text());
  expect((await get(`${video?.split("/")[0]}/whole.vtt`)).status).toBe(404);
});

/** A subtitle track of this many segments, each with one cue of this many bytes. */
async function aLargeTrack(key: string, segments: number, bytes: number): Promise<void> {
  await db.insert(renditions).values({
    ...{
      assetId,
      key,
      kind: "text",
      label: key,
      language: "fr",
      status: "ready",
      codecs: "wvtt",
      bandwidth: 100,
    },
  });
  const files = Array.from({ length: segments }, (_, n) => `seg-${String(n).padStart(5, "0")}.vtt`);
  for (const [n, file] of files.entries()) {
    const time = `00:${String(n).padStart(2, "0")}:01.000 --> 00:${String(n).padStart(2, "0")}:02.000`;
    await env.MEDIA.put(`media/${assetId}/${key}/${file}`, `WEBVTT\n\n${time}\n${"x".repeat(bytes)}\n`);
  }
  const playlist = ["#EXTM3U", ...files.flatMap((file) => ["#EXTINF:60,", file]), ""].join("\n");
  await env.MEDIA.put(`media/${assetId}/${key}/playlist.m3u8`, playlist);
}

test("a large track is sent while it is read, and one that no isolate should read is not joined", async () => {
  await aLargeTrack("t1-1a2b3c4d5e", 10, 390_000);
  await aLargeTrack("t2-1a2b3c4d5e", 10, 410_000);
  await publishHere(env, { titleIds: [titleId] });
  const whole = await get("t1-1a2b3c4d5e/whole.vtt");
  expect([whole.status, whole.headers.get("ETag")]).toEqual([200, expect.stringMatching(/^"[0-9a-f]{64}"$/)]);
  expect(await whole.text()).toHaveLength("WEBVTT\n".length + 10 * (390_000 + 32));
  const refused = await get("t2-1a2b3c4d5e/whole.vtt");
  expect([refused.status, await refused.json()]).toMatchObject([404, { code: "media_not_found" }]);
});

test("the manifest is what the rules keep, as the multivariant playlist is", async () => {
  await db
    .update(titles)
    .set({ blockedCountries: ["FR"] })
    .where(eq(titles.id, titleId));
  await publishHere(env, { titleIds: [titleId] });
  expect((await get("manifest.mpd", { country: "FR" })).status).toBe(451);
  const claims = playbackClaims({ title: titleId, asset: assetId, durationSeconds: 24 }, Date.now());
  const pictures = async (maxHeight: number) => {
    const as = await signPlaybackToken(env, { ...claims, max_height: maxHeight });
    const response = await get("manifest.mpd", { as });
    const found = [...(await response.text()).matchAll(/<Representation id="(v[^"]+)"/g)];
    return [response.status, ...found.map(([, id]) => id)];
  };
  expect(await pictures(1080)).toEqual([200, videoKey, smallKey]);
  expect(await pictures(120)).toEqual([200, smallKey]);
  expect(await pictures(100)).toEqual([403]);
});

test("a manifest has no trick in its address, and no other method", async () => {
  for (const path of ["manifest.mpd/", "x/manifest.mpd", "manifest.mpd%00", "Manifest.mpd"]) {
    expect([403, 404], path).toContain((await get(path)).status);
  }
  expect((await get("manifest.mpd", { method: "POST" })).status).toBe(405);
  const head = await get("manifest.mpd", { method: "HEAD" });
  expect([head.status, await head.text()]).toEqual([200, ""]);
});
