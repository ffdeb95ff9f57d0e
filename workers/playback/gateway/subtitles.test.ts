/** Subtitle segments through the gateway. */
import { env, exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import { publishHere } from "../../../test/support/publish-here.ts";
import { seedTitle } from "../../../test/support/seed-title.ts";
import { openDatabase } from "../../catalog/database.ts";
import { renditions } from "../../catalog/schema.ts";
import { readPlaylist } from "../../hls/read-playlist.ts";
import { playbackClaims, signPlaybackToken } from "../tokens/playback-token.ts";

const key = "t0-1a2b3c4d5e";
const cue = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\n00:00:01.000 --> 00:00:02.000\nHello\n";

test("a film's subtitles are in its playlist, and their segments are compressed text under the token", async () => {
  const { titleId, assetId } = await seedTitle(env);
  await openDatabase(env).insert(renditions).values({
    assetId,
    key,
    kind: "text",
    label: "English (SDH)",
    language: "en",
    isSdh: true,
    status: "ready",
    codecs: "webvtt",
    bandwidth: 100,
    averageBandwidth: 100,
  });
  await publishHere(env, { titleIds: [titleId] });
  await env.MEDIA.put(`media/${assetId}/${key}/seg-00000.vtt`, cue);
  const claims = playbackClaims({ title: titleId, asset: assetId, durationSeconds: 12 }, Date.now());
  const base = `http://marquee.test/v/${await signPlaybackToken(env, claims)}`;
  const get = (path: string, headers: Record<string, string> = {}) =>
    exports.default.fetch(new Request(`${base}/${path}`, { headers, cf: { country: "DE" } }));

  const playlist = readPlaylist(await (await get("main.m3u8")).text());
  if (playlist.kind !== "multivariant") throw new Error("not a multivariant playlist");
  expect(playlist.subtitleGroups.subtitles?.["English (SDH)"]?.uri).toBe(`${key}/playlist.m3u8`);

  const segment = await get(`${key}/seg-00000.vtt`, { "Accept-Encoding": "gzip" });
  expect(segment.headers.get("Content-Type")).toBe("text/vtt");
  expect(segment.headers.get("Content-Encoding")).toBe("gzip");
  expect(await segment.text()).toBe(cue);

  for (const file of ["seg-00000.m4s", "init.mp4", "iframes.m3u8", "ledger.json", "poster-640.jpg"]) {
    expect((await get(`${key}/${file}`)).status).toBe(404);
  }
});
