/** The viewer's languages, from the request for a playback URL to the playlist; and what is shown of a film. */
import { env, exports } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { seedTracks } from "../../../test/support/policy/seed-tracks.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { readPlaylist } from "../../hls/read-playlist.ts";
import type { Playback } from "./describe-playback.ts";

const sound = { codecs: "mp4a.40.2", channels: 2, bandwidth: 130_000, averageBandwidth: 128_000 };
const film = {
  videos: [
    {
      key: "v360p",
      codecs: "avc1.64001f",
      width: 640,
      height: 360,
      frameRate: 25,
      bandwidth: 800_000,
      averageBandwidth: 600_000,
      iframeBandwidth: 60_000,
    },
  ],
  audios: ["en", "de", "pt-BR"].map((language, n) => ({
    key: `a${n}`,
    label: language,
    language,
    isDefault: n === 0,
    ...sound,
  })),
  texts: ["en", "de"].map((language, n) => ({
    key: `t${n}`,
    label: language,
    language,
    isDefault: false,
    isForced: false,
    isSdh: false,
  })),
  storyboards: [],
};

let titleId: string;

beforeAll(async () => {
  const { producerId, key } = await seedProducer(env);
  ({ titleId } = await seedTracks(env, producerId, film));
  const rating = { label: "FSK 16", minimum_age: 16 };
  const policy = {
    rules: [
      { name: "brazil", territories: ["BR"], audio: { default: "pt" }, text: { default: "en" } },
      { name: "germany", territories: ["DE"], rating },
    ],
  };
  const headers = { Authorization: `Bearer ${key}`, "If-Match": "*" };
  const url = `http://marquee.test/v1/titles/${titleId}/policy`;
  const put = new Request(url, { method: "PUT", headers, body: JSON.stringify(policy) });
  expect((await exports.default.fetch(put)).status).toBe(200);
});

async function ask(country: string, preferences: { audio?: string; text?: string } = {}): Promise<Playback> {
  const body = JSON.stringify({ title: titleId, ...preferences });
  const request = new Request("http://marquee.test/v1/playback", { method: "POST", body, cf: { country } });
  return await (await exports.default.fetch(request)).json<Playback>();
}

/** The languages that play, and are shown, by default. */
async function defaultsOf(url: string, country: string, acceptLanguage = ""): Promise<(string | null)[]> {
  const headers = acceptLanguage === "" ? {} : { "Accept-Language": acceptLanguage };
  const response = await exports.default.fetch(new Request(url, { cf: { country }, headers }));
  expect(response.status).toBe(200);
  const playlist = readPlaylist(new TextDecoder().decode(await response.arrayBuffer()));
  if (playlist.kind !== "multivariant") throw new Error("Expected a multivariant playlist");
  return [playlist.audioGroups, playlist.subtitleGroups].map(
    (groups) =>
      Object.values(groups)
        .flatMap((group) => Object.values(group))
        .find((track) => track.default)?.language ?? null,
  );
}

test.each([
  ["the film's own language", "US", {}, "", ["en", null]],
  ["the rule's", "BR", {}, "", ["pt-br", "en"]],
  ["the device's goes before the rule's", "BR", {}, "de-CH, de;q=0.9, en;q=0.5", ["de", "en"]],
  ["one that the film doesn't have", "US", {}, "fr, ja;q=0.9", ["en", null]],
  ["a weight of nothing is a no", "US", {}, "de;q=0, pt;q=0.1", ["pt-br", null]],
  ["the viewer's goes before all", "BR", { audio: "en", text: "de" }, "de", ["en", "de"]],
  ["the viewer wants no subtitles", "BR", { text: "off" }, "", ["pt-br", null]],
  ["a region that the film doesn't have", "US", { audio: "de-AT" }, "", ["de", null]],
])("%s", async (_, country, preferences, acceptLanguage, expected) => {
  const { playback_url } = await ask(country, preferences);
  const found = await defaultsOf(playback_url, country, acceptLanguage);
  expect(found.map((language) => language?.toLowerCase() ?? null)).toEqual(expected);
});

test("preferences in the URL that are no languages are passed over", async () => {
  const { playback_url } = await ask("US");
  for (const query of [
    "audio=",
    "audio=../..&text=%00",
    `audio=${"a".repeat(500)}`,
    "text=off&text=de",
    "x=1",
  ]) {
    expect((await defaultsOf(`${playback_url}?${query}`, "US"))[0]).toBe("en");
  }
});

test("a refreshed URL keeps the viewer's languages", async () => {
  const { playback_url } = await ask("US", { audio: "de", text: "en" });
  const request = new Request("http://marquee.test/v1/playback/refresh", {
    method: "POST",
    body: JSON.stringify({ playback_url }),
    cf: { country: "US" },
  });
  const renewed = await (await exports.default.fetch(request)).json<Playback>();
  expect(await defaultsOf(renewed.playback_url, "US")).toEqual(["de", "en"]);
});

test("the rating is told where the rules name one, and by the film's data", async () => {
  const german = await ask("DE");
  expect([german.rating, (await ask("US")).rating]).toEqual([{ label: "FSK 16", minimum_age: 16 }, null]);
  const url = german.playback_url.replace("main.m3u8", "session.json");
  const response = await exports.default.fetch(new Request(url, { cf: { country: "DE" } }));
  expect(await response.json()).toEqual({
    title: "Film",
    slug: titleId,
    duration: 12,
    storyboard: null,
    rating: { label: "FSK 16", minimum_age: 16 },
  });
});

test("a language that is none is refused when a playback URL is asked for", async () => {
  const body = JSON.stringify({ title: titleId, audio: "english" });
  const request = new Request("http://marquee.test/v1/playback", { method: "POST", body });
  expect(await (await exports.default.fetch(request)).json()).toMatchObject({
    code: "invalid_input",
    errors: [{ pointer: "/audio" }],
  });
});
