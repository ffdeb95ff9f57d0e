import fc from "fast-check";
import { expect, test } from "vitest";
import { type MultivariantPlaylist, readPlaylist } from "../../hls/read-playlist.ts";
import type { AudioRendition, TextRendition, VideoRendition } from "./published-renditions.ts";
import { writeMultivariant } from "./write-multivariant.ts";

function video(height: number, kbps: number, over: Partial<VideoRendition> = {}): VideoRendition {
  return {
    key: `v${height}p-1a2b3c4d5e`,
    codecs: "avc1.64001f",
    width: (height * 16) / 9,
    height,
    frameRate: 30_000 / 1001,
    bandwidth: kbps * 1300,
    averageBandwidth: kbps * 1000,
    iframeBandwidth: kbps * 100,
    ...over,
  };
}

function audio(key: string, over: Partial<AudioRendition> = {}): AudioRendition {
  return {
    key,
    label: "English",
    codecs: "mp4a.40.2",
    channels: 2,
    language: "en",
    isDefault: false,
    bandwidth: 130_000,
    averageBandwidth: 128_000,
    ...over,
  };
}

function read(text: string): MultivariantPlaylist {
  const playlist = readPlaylist(text);
  if (playlist.kind !== "multivariant") throw new Error("Expected a multivariant playlist");
  return playlist;
}

test("a film with two languages", () => {
  const french = audio("a1-fr", {
    label: "Français",
    language: "fr",
    bandwidth: 140_000,
    averageBandwidth: 129_000,
  });
  const text = writeMultivariant(
    [video(360, 700), video(1080, 6000, { codecs: "avc1.640028" }), video(720, 2500)],
    [audio("a0-en"), french],
  );
  expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-SESSION-DATA:DATA-ID="com.marquee.film",URI="session.json"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="mp4a.40.2-2",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="a0-en/playlist.m3u8"
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="mp4a.40.2-2",NAME="Français",LANGUAGE="fr",DEFAULT=NO,AUTOSELECT=YES,CHANNELS="2",URI="a1-fr/playlist.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=3390000,AVERAGE-BANDWIDTH=2629000,SCORE=2.0,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="mp4a.40.2-2"
v720p-1a2b3c4d5e/playlist.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=7940000,AVERAGE-BANDWIDTH=6129000,SCORE=3.0,CODECS="avc1.640028,mp4a.40.2",RESOLUTION=1920x1080,FRAME-RATE=29.970,AUDIO="mp4a.40.2-2"
v1080p-1a2b3c4d5e/playlist.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1050000,AVERAGE-BANDWIDTH=829000,SCORE=1.0,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=29.970,AUDIO="mp4a.40.2-2"
v360p-1a2b3c4d5e/playlist.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=600000,SCORE=3.0,CODECS="avc1.640028",RESOLUTION=1920x1080,URI="v1080p-1a2b3c4d5e/iframes.m3u8"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=250000,SCORE=2.0,CODECS="avc1.64001f",RESOLUTION=1280x720,URI="v720p-1a2b3c4d5e/iframes.m3u8"
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=70000,SCORE=1.0,CODECS="avc1.64001f",RESOLUTION=640x360,URI="v360p-1a2b3c4d5e/iframes.m3u8"
`);
});

test("a silent film has no audio group, and no sound in CODECS", () => {
  const playlist = read(writeMultivariant([video(240, 300)], []));
  expect(playlist.audioGroups).toEqual({});
  expect(playlist.variants).toMatchObject([
    { codecs: ["avc1.64001f"], bandwidth: 390_000, audioGroup: null },
  ]);
});

test("stereo and surround are groups of their own, stereo first", () => {
  const surround = audio("a0-51", {
    channels: 6,
    codecs: "ec-3",
    bandwidth: 200_000,
    averageBandwidth: 192_000,
  });
  const playlist = read(writeMultivariant([video(720, 2000), video(360, 600)], [surround, audio("a1-st")]));
  expect(playlist.variants.map(({ audioGroup, codecs }) => [audioGroup, codecs[1]])).toEqual([
    ["mp4a.40.2-2", "mp4a.40.2"],
    ["mp4a.40.2-2", "mp4a.40.2"],
    ["ec-3-6", "ec-3"],
    ["ec-3-6", "ec-3"],
  ]);
});

test("a language without surround sound is in the surround group in stereo; the default comes first", () => {
  const german = { label: "German", language: "de" };
  const tracks = [
    audio("a0-en"),
    audio("a1-de", { ...german, isDefault: true }),
    audio("s0-en", { channels: 6, bandwidth: 330_000, averageBandwidth: 320_000 }),
  ];
  const playlist = read(writeMultivariant([video(720, 2000)], tracks));
  const groups = Object.entries(playlist.audioGroups).map(([id, group]) => [
    id,
    Object.entries(group).map(([name, track]) => [name, track.uri, track.default]),
  ]);
  expect(groups).toEqual([
    [
      "mp4a.40.2-2",
      [
        ["German", "a1-de/playlist.m3u8", true],
        ["English", "a0-en/playlist.m3u8", false],
      ],
    ],
    [
      "mp4a.40.2-6",
      [
        ["German", "a1-de/playlist.m3u8", true],
        ["English", "s0-en/playlist.m3u8", false],
      ],
    ],
  ]);
  expect(playlist.variants.map(({ audioGroup, bandwidth }) => [audioGroup, bandwidth])).toEqual([
    ["mp4a.40.2-2", 2_600_000 + 130_000],
    ["mp4a.40.2-6", 2_600_000 + 330_000],
  ]);
});

test("a second stereo codec comes after AAC; what it lacks is there in AAC, and CODECS says so", () => {
  const opus = { codecs: "Opus", bandwidth: 100_000, averageBandwidth: 96_000 };
  const german = { label: "German", language: "de" };
  const tracks = [
    audio("o0-en", { ...opus, isDefault: true }),
    audio("a0-en", { isDefault: true }),
    audio("a1-de", german),
    audio("s0-en", { channels: 6, bandwidth: 330_000, averageBandwidth: 320_000 }),
  ];
  const playlist = read(writeMultivariant([video(720, 2000)], tracks));
  expect(playlist.variants.map(({ audioGroup, codecs }) => [audioGroup, codecs.slice(1)])).toEqual([
    ["mp4a.40.2-2", ["mp4a.40.2"]],
    ["Opus-2", ["Opus", "mp4a.40.2"]],
    ["mp4a.40.2-6", ["mp4a.40.2"]],
  ]);
  const uris = Object.values(playlist.audioGroups["Opus-2"] ?? {}).map(({ uri }) => uri);
  expect(uris).toEqual(["o0-en/playlist.m3u8", "a1-de/playlist.m3u8"]);
  const whole = read(
    writeMultivariant([video(720, 2000)], [...tracks, audio("o1-de", { ...opus, ...german })]),
  );
  expect(whole.variants[1]?.codecs).toEqual(["avc1.64001f", "Opus"]);
});

test("subtitles are one group that every variant names", () => {
  const text = (key: string, label: string, language: string | null, over: Partial<TextRendition> = {}) => ({
    key,
    label,
    language,
    isDefault: false,
    isForced: false,
    isSdh: false,
    ...over,
  });
  const written = writeMultivariant(
    [video(720, 2000), video(360, 700)],
    [audio("a0-en")],
    [
      text("t0-en", "English", "en"),
      text("t1-sdh", "English (SDH)", "en", { isSdh: true }),
      text("t2-forced", "English (forced)", "en", { isForced: true, isDefault: true }),
      text("t3-en", "English 2", "en"),
      text("t4", "", null),
    ],
  );
  expect(written.split("\n").filter((line) => line.includes("TYPE=SUBTITLES"))).toEqual([
    '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="English",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI="t0-en/playlist.m3u8"',
    '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="English (SDH)",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,CHARACTERISTICS="public.accessibility.transcribes-spoken-dialog,public.accessibility.describes-music-and-sound",URI="t1-sdh/playlist.m3u8"',
    '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="English (forced)",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,FORCED=YES,URI="t2-forced/playlist.m3u8"',
    '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="English 2",LANGUAGE="en",DEFAULT=NO,AUTOSELECT=NO,FORCED=NO,URI="t3-en/playlist.m3u8"',
    '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="subtitles",NAME="Subtitles 5",LANGUAGE="und",DEFAULT=NO,AUTOSELECT=YES,FORCED=NO,URI="t4/playlist.m3u8"',
  ]);
  const playlist = read(written);
  expect(playlist.variants.map(({ subtitleGroup }) => subtitleGroup)).toEqual(["subtitles", "subtitles"]);
  expect(playlist.subtitleGroups.subtitles?.["English (forced)"]).toMatchObject({
    forced: true,
    default: true,
  });
});

test("without a video there is nothing to write", () => {
  expect(() => writeMultivariant([], [audio("a0")])).toThrow("at least one video");
});

const key = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,12}$/);
const rate = fc.integer({ min: 1000, max: 100_000_000 });
const videoArbitrary: fc.Arbitrary<VideoRendition> = fc.record({
  key,
  codecs: fc.constantFrom("avc1.64001f", "avc1.640028", "hvc1.1.6.L93.B0"),
  width: fc.integer({ min: 2, max: 7680 }),
  height: fc.integer({ min: 2, max: 4320 }),
  frameRate: fc.constantFrom(24_000 / 1001, 24, 25, 30_000 / 1001, 30, 50, 60),
  bandwidth: rate,
  averageBandwidth: fc.option(rate),
  iframeBandwidth: fc.option(rate),
});
const audioArbitrary: fc.Arbitrary<AudioRendition> = fc.record({
  key,
  label: fc.string({ unit: "grapheme" }),
  codecs: fc.constantFrom("mp4a.40.2", "ac-3", "ec-3", "Opus"),
  channels: fc.constantFrom(1, 2, 6),
  language: fc.option(fc.oneof(fc.constantFrom("en", "de", "pt-BR", "und"), fc.string())),
  isDefault: fc.boolean(),
  bandwidth: rate,
  averageBandwidth: fc.option(rate),
});
const film = fc.tuple(
  fc.uniqueArray(videoArbitrary, { minLength: 1, maxLength: 6, selector: (item) => item.key }),
  fc.uniqueArray(audioArbitrary, { maxLength: 6, selector: (item) => item.key }),
);

test("any film reads back as it was, whatever its tracks are called", () => {
  fc.assert(
    fc.property(film, ([videos, audios]) => {
      const playlist = read(writeMultivariant(videos, audios));
      expect(playlist.independentSegments).toBe(true);
      const groups = Object.values(playlist.audioGroups);
      expect(playlist.variants).toHaveLength(videos.length * Math.max(1, groups.length));
      const uris = groups.flatMap((group) => Object.values(group).map(({ uri }) => uri));
      expect([...new Set(uris)].toSorted()).toEqual(
        audios.map((item) => `${item.key}/playlist.m3u8`).toSorted(),
      );
      for (const group of groups) {
        const tracks = Object.values(group);
        expect(tracks.filter((track) => track.default)).toHaveLength(1);
        const chosen = tracks.filter((track) => track.autoselect).map((track) => track.language);
        expect(new Set(chosen).size).toBe(chosen.length);
      }
      const firstUris = new Set(Object.values(groups[0] ?? {}).map(({ uri }) => uri));
      for (const variant of playlist.variants) {
        const source = videos.find((item) => variant.uri === `${item.key}/playlist.m3u8`);
        const tracks = Object.values(playlist.audioGroups[variant.audioGroup ?? ""] ?? {});
        const group = audios.filter((item) => tracks.some(({ uri }) => uri === `${item.key}/playlist.m3u8`));
        const isOwn = ({ codecs, channels }: AudioRendition) =>
          variant.audioGroup === `${codecs}-${channels}`;
        expect(group.filter(isOwn)).toEqual(audios.filter(isOwn));
        expect(group.some(isOwn)).toBe(audios.length > 0);
        expect(variant).toMatchObject({
          bandwidth: (source?.bandwidth ?? 0) + Math.max(0, ...group.map((item) => item.bandwidth)),
          resolution: { width: source?.width, height: source?.height },
        });
        const [picture, ...sound] = variant.codecs;
        expect(picture).toBe(source?.codecs);
        expect(sound.toSorted()).toEqual([...new Set(group.map(({ codecs }) => codecs))].toSorted());
        // Whatever a player chooses, it has every language of the group that comes first.
        const labels = group.map(({ label }) => label);
        for (const { label } of audios.filter((item) => firstUris.has(`${item.key}/playlist.m3u8`)))
          expect(labels).toContain(label);
        expect(variant.frameRate).toBeCloseTo(source?.frameRate ?? 0, 3);
        expect(group.length > 0).toBe(audios.length > 0);
      }
      expect(playlist.iFrameVariants.map(({ uri }) => uri).toSorted()).toEqual(
        videos
          .filter((item) => item.iframeBandwidth !== null)
          .map((item) => `${item.key}/iframes.m3u8`)
          .toSorted(),
      );
    }),
  );
});

test("the order that renditions come in makes no difference, and the first variant is the one nearest 2 Mbit/s", () => {
  fc.assert(
    fc.property(film, ([videos, audios]) => {
      const text = writeMultivariant(videos, audios);
      expect(writeMultivariant(videos.toReversed(), audios.toReversed())).toBe(text);
      const ratio = (item: VideoRendition) => {
        const times = (item.averageBandwidth ?? item.bandwidth) / 2_000_000;
        return Math.max(times, 1 / times);
      };
      const first = videos.find((item) => read(text).variants[0]?.uri === `${item.key}/playlist.m3u8`);
      expect(first === undefined ? Infinity : ratio(first)).toBeCloseTo(Math.min(...videos.map(ratio)), 9);
    }),
  );
});
