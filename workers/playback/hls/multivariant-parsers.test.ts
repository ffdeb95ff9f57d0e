/** Three parsers that others wrote read the same thing out of our multivariant playlists: m3u8-parser, hls-parser, hls.js. */
import fc from "fast-check";
import { M3U8Parser } from "hls.js";
import * as hlsParser from "hls-parser";
import { expect, test } from "vitest";
import { anyFilm } from "../../../test/support/policy/any-policy.ts";
import { readPlaylist } from "../../hls/read-playlist.ts";
import type { PublishedTracks } from "./published-renditions.ts";
import { writeMultivariant } from "./write-multivariant.ts";

/** Findings of a reader; groups as pairs of a variant and the tracks that it can be heard and read with. */
interface Reading {
  variants: { uri: string; bandwidth: number; score: number | null; sound: string[]; text: string[] }[];
  iframes: string[];
  /** The tracks that play, or are shown, by default: one of each group. */
  defaults: string[];
}

function byM3u8Parser(text: string): Reading {
  const playlist = readPlaylist(text);
  if (playlist.kind !== "multivariant") throw new Error("Expected a multivariant playlist");
  const groups = { ...playlist.audioGroups, ...playlist.subtitleGroups };
  const tracks = (group: string | null) =>
    Object.values(groups[group ?? ""] ?? {})
      .map(({ uri }) => String(uri))
      .toSorted();
  return {
    variants: playlist.variants.map(({ uri, bandwidth, audioGroup, subtitleGroup }) => ({
      uri,
      bandwidth,
      score: null,
      sound: tracks(audioGroup),
      text: tracks(subtitleGroup),
    })),
    iframes: playlist.iFrameVariants.map(({ uri }) => uri),
    defaults: Object.values(groups)
      .flatMap((group) => Object.values(group).flatMap((track) => (track.default ? [String(track.uri)] : [])))
      .toSorted(),
  };
}

function byHlsParser(text: string): Reading {
  // Whatever is not as RFC 8216 and its draft successor want it is an error then.
  hlsParser.setOptions({ strictMode: true });
  const playlist = hlsParser.parse(text);
  if (!playlist.isMasterPlaylist || !("variants" in playlist))
    throw new Error("Expected a multivariant playlist");
  const uris = (tracks: readonly { uri?: string }[]) => tracks.map(({ uri }) => String(uri)).toSorted();
  const groups = new Map(
    playlist.variants.flatMap(({ audio, subtitles }) =>
      [audio, subtitles].flatMap((group) =>
        group[0] === undefined ? [] : [[group[0].groupId, group] as const],
      ),
    ),
  );
  const whole = playlist.variants.filter(({ isIFrameOnly }) => isIFrameOnly !== true);
  return {
    variants: whole.map(({ uri, bandwidth, score, audio, subtitles }) => ({
      uri,
      bandwidth,
      score,
      sound: uris(audio),
      text: uris(subtitles),
    })),
    iframes: playlist.variants.flatMap(({ isIFrameOnly, uri }) => (isIFrameOnly === true ? [uri] : [])),
    defaults: uris([...groups.values()].flatMap((group) => group.filter(({ isDefault }) => isDefault))),
  };
}

function byHlsJs(text: string): Reading {
  const base = "http://marquee.test/";
  const parsed = M3U8Parser.parseMasterPlaylist(text, base);
  if (parsed.playlistParsingError !== null) throw parsed.playlistParsingError;
  const media = M3U8Parser.parseMasterPlaylistMedia(text, base, parsed);
  const tracks = [...(media.AUDIO ?? []), ...(media.SUBTITLES ?? [])];
  const of = (group: string | undefined) =>
    tracks.filter(({ groupId }) => groupId === group).map(({ url }) => String(url).slice(base.length));
  return {
    variants: parsed.levels.map(({ url, bitrate, attrs }) => ({
      uri: url.slice(base.length),
      // It takes the average where there is one, so the peak is read from the attribute.
      bandwidth: bitrate > 0 ? attrs.decimalInteger("BANDWIDTH") : 0,
      score: attrs.decimalFloatingPoint("SCORE"),
      sound: of(attrs.AUDIO).toSorted(),
      text: of(attrs.SUBTITLES).toSorted(),
    })),
    iframes: parsed.iframeVariants.map(({ url }) => url.slice(base.length)),
    defaults: tracks
      .flatMap((track) => (track.default ? [String(track.url).slice(base.length)] : []))
      .toSorted(),
  };
}

const write = ({ videos, audios, texts, storyboards }: PublishedTracks) =>
  writeMultivariant(videos, audios, texts, storyboards);

/** Subtitles of which at most one is the default, as every class has them. */
const film = anyFilm.map((tracks) => {
  const shown = tracks.texts.find(({ isDefault }) => isDefault);
  const whole = tracks.videos.map((one) => ({
    ...one,
    width: Math.round(one.width),
    height: Math.round(one.height),
  }));
  return {
    ...tracks,
    videos: whole,
    texts: tracks.texts.map((one) => ({ ...one, isDefault: one === shown })),
  };
});

test("all three find the same variants, groups, I-frames and defaults", () => {
  fc.assert(
    fc.property(film, (tracks) => {
      const text = write(tracks);
      const [first, second, third] = [byM3u8Parser(text), byHlsParser(text), byHlsJs(text)];
      const withoutScore = (reading: Reading) => ({
        ...reading,
        variants: reading.variants.map((variant) => ({ ...variant, score: null })),
      });
      expect(withoutScore(second)).toEqual(first);
      expect(third).toEqual(second);
      expect(first.variants.length).toBeGreaterThanOrEqual(tracks.videos.length);
    }),
    { numRuns: 500 },
  );
});

test("every variant has a score, and the better picture the higher one", () => {
  fc.assert(
    fc.property(film, (tracks) => {
      const scores = new Map(byHlsJs(write(tracks)).variants.map(({ uri, score }) => [uri, score]));
      const scoreOf = ({ key }: { key: string }) => scores.get(`${key}/playlist.m3u8`) ?? Number.NaN;
      for (const one of tracks.videos) {
        expect(scoreOf(one)).toBeGreaterThan(0);
        for (const other of tracks.videos) {
          const isBetter = Math.min(one.width, one.height) > Math.min(other.width, other.height);
          if (isBetter) expect(scoreOf(one)).toBeGreaterThan(scoreOf(other));
        }
      }
    }),
  );
});

test("hls.js and hls-parser find the film's data and its thumbnails", () => {
  const video = { codecs: "avc1.64001f", width: 640, height: 360, frameRate: 25, averageBandwidth: 1 };
  const text = writeMultivariant(
    [{ key: "v360p", bandwidth: 800_000, iframeBandwidth: null, ...video }],
    [],
    [],
    [{ key: "s0", width: 160, height: 90, bandwidth: 1000 }],
  );
  const { sessionData } = M3U8Parser.parseMasterPlaylist(text, "http://marquee.test/");
  const found = Object.entries(sessionData ?? {}).map(([id, attrs]) => [id, attrs.URI ?? attrs.VALUE]);
  expect(found).toEqual([
    ["com.marquee.film", "session.json"],
    ["com.marquee.storyboard", "s0/storyboard.vtt"],
  ]);
  const playlist = hlsParser.parse(text);
  if (!("sessionDataList" in playlist)) throw new Error("Expected a multivariant playlist");
  expect(playlist.sessionDataList.map(({ id, uri, value }) => [id, uri ?? value])).toEqual(found);
});
