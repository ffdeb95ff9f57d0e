import fc from "fast-check";
import { expect, test } from "vitest";
import type { AudioRendition, VideoRendition } from "../hls/published-renditions.ts";
import type { TimedRendition } from "./adaptation-sets.ts";
import { segmentTemplate } from "./segment-template.ts";
import { exactFrameRate, type TrackTimeline } from "./track-timeline.ts";
import { type TimedTracks, writeManifest } from "./write-manifest.ts";

/** Segments of these lengths, in ticks, with frames of `frameTicks`. */
function timelineOf(timescale: number, durations: number[], frameTicks = 1): TrackTimeline {
  let start = 0;
  const segments = durations.map((duration, n) => {
    const file = `seg-${String(n).padStart(5, "0")}.m4s`;
    const segment = { file, start, duration, frames: duration / frameTicks };
    start += duration;
    return segment;
  });
  return { timescale, segments };
}

const ntsc = timelineOf(30_000, [180_180, 180_180, 40_040], 1001);

function video(height: number, timeline = ntsc): TimedRendition<VideoRendition> {
  return {
    key: `v${height}p-1`,
    codecs: "avc1.64001f",
    width: (height * 16) / 9,
    height,
    frameRate: 29.97,
    bandwidth: height * 4000,
    averageBandwidth: null,
    iframeBandwidth: null,
    timeline,
  };
}

function audio(key: string, more: Partial<AudioRendition> = {}): TimedRendition<AudioRendition> {
  return {
    key,
    label: "English",
    codecs: "mp4a.40.2",
    channels: 2,
    language: "en",
    isDefault: false,
    bandwidth: 130_000,
    averageBandwidth: null,
    ...more,
    timeline: timelineOf(48_000, [288_768, 287_744, 64_512], 1024),
  };
}

/** By eye against ISO/IEC 23009-1: order of elements, template, timeline, roles, tiles. */
const wholeManifest = `<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static" mediaPresentationDuration="PT13.354667S" minBufferTime="PT6S">
<Period id="0" start="PT0S">
<AdaptationSet contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1" maxWidth="1280" maxHeight="720">
<Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
<SegmentTemplate timescale="30000" startNumber="0" initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/seg-$Number%05d$.m4s">
<SegmentTimeline>
<S t="0" d="180180" r="1"/>
<S t="360360" d="40040"/>
</SegmentTimeline>
</SegmentTemplate>
<Representation id="v720p-1" bandwidth="2880000" codecs="avc1.64001f" width="1280" height="720" sar="1:1" frameRate="30000/1001"/>
<Representation id="v360p-1" bandwidth="1440000" codecs="avc1.64001f" width="640" height="360" sar="1:1" frameRate="30000/1001"/>
</AdaptationSet>
<AdaptationSet contentType="audio" mimeType="audio/mp4" lang="en" segmentAlignment="true" startWithSAP="1">
<Label>English</Label>
<Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
<SegmentTemplate timescale="48000" startNumber="0" initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/seg-$Number%05d$.m4s">
<SegmentTimeline>
<S t="0" d="288768"/>
<S t="288768" d="287744"/>
<S t="576512" d="64512"/>
</SegmentTimeline>
</SegmentTemplate>
<Representation id="a0-2" bandwidth="130000" codecs="mp4a.40.2" audioSamplingRate="48000">
<AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
</Representation>
</AdaptationSet>
<AdaptationSet contentType="audio" mimeType="audio/mp4" lang="de" segmentAlignment="true" startWithSAP="1">
<Label>Deutsch &amp; &lt;mehr&gt;</Label>
<Role schemeIdUri="urn:mpeg:dash:role:2011" value="alternate"/>
<SegmentTemplate timescale="48000" startNumber="0" initialization="$RepresentationID$/init.mp4" media="$RepresentationID$/seg-$Number%05d$.m4s">
<SegmentTimeline>
<S t="0" d="288768"/>
<S t="288768" d="287744"/>
<S t="576512" d="64512"/>
</SegmentTimeline>
</SegmentTemplate>
<Representation id="a1-2" bandwidth="130000" codecs="mp4a.40.2" audioSamplingRate="48000">
<AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
</Representation>
</AdaptationSet>
<AdaptationSet contentType="text" mimeType="text/vtt" lang="und">
<Role schemeIdUri="urn:mpeg:dash:role:2011" value="forced-subtitle"/>
<Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
<Representation id="t0" bandwidth="1000">
<BaseURL>t0/whole.vtt</BaseURL>
</Representation>
</AdaptationSet>
<AdaptationSet contentType="text" mimeType="text/vtt" lang="en">
<Label>SDH</Label>
<Role schemeIdUri="urn:mpeg:dash:role:2011" value="caption"/>
<Representation id="t1" bandwidth="1000">
<BaseURL>t1/whole.vtt</BaseURL>
</Representation>
</AdaptationSet>
<AdaptationSet contentType="image" mimeType="image/jpeg">
<SegmentTemplate timescale="30000" duration="3003000" startNumber="0" media="$RepresentationID$/sprite-$Number%05d$.jpg"/>
<Representation id="s-1" bandwidth="9000" width="1600" height="450">
<EssentialProperty schemeIdUri="http://dashif.org/guidelines/thumbnail_tile" value="10x5"/>
</Representation>
</AdaptationSet>
</Period>
</MPD>`;

const none: TimedTracks = { videos: [], audios: [], texts: [], storyboards: [] };

test("a film with everything is written as it should be", () => {
  const text = writeManifest({
    videos: [video(360), video(720)],
    audios: [
      audio("a1-2", { label: "Deutsch & <mehr>", language: "de" }),
      audio("a0-2", { isDefault: true }),
    ],
    texts: [
      { key: "t0", label: "", language: null, isDefault: true, isForced: true, isSdh: false },
      { key: "t1", label: "SDH", language: "en", isDefault: false, isForced: false, isSdh: true },
    ],
    storyboards: [
      {
        key: "s-1",
        width: 160,
        height: 90,
        bandwidth: 9000,
        timeline: {
          ...timelineOf(30_000, [400_400]),
          tiles: { columns: 10, rows: 5, width: 160, height: 90, intervalTicks: 60_060 },
        },
      },
    ],
  });
  expect(text.replaceAll("><", ">\n<").trim()).toBe(wholeManifest);
});

test("the order in which tracks come changes nothing", () => {
  const [a, b, c] = [video(360), video(720), video(1080)];
  const [d, e] = [audio("a0-2"), audio("a1-2", { language: "de" })];
  const one = writeManifest({ ...none, videos: [a, b, c], audios: [d, e] });
  expect(writeManifest({ ...none, videos: [c, a, b], audios: [e, d] })).toBe(one);
});

test("a second codec of the default language is a set of its own, after AAC's, whatever their keys are", () => {
  const opus = audio("a0-opus", { codecs: "Opus", isDefault: true });
  const text = writeManifest({
    ...none,
    videos: [video(360)],
    audios: [opus, audio("z0", { isDefault: true })],
  });
  expect(
    [...text.matchAll(/<Representation id="(\w[^"]*)"[^>]* codecs="([^"]+)"/g)].map((it) => it.slice(1)),
  ).toEqual([
    ["v360p-1", "avc1.64001f"],
    ["z0", "mp4a.40.2"],
    ["a0-opus", "Opus"],
  ]);
});

test("videos that are not cut alike are not offered as exchangeable", () => {
  const other = timelineOf(30_000, [90_090, 310_310], 1001);
  const text = writeManifest({ ...none, videos: [video(720), video(360, other)] });
  expect(text.match(/contentType="video"/g)).toHaveLength(2);
  expect(
    writeManifest({ ...none, videos: [video(720), video(360)] }).match(/contentType="video"/g),
  ).toHaveLength(1);
});

test("runs of equal segments say every segment's time, whatever the lengths", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(1, 2, 3), { minLength: 1, maxLength: 60 }), (durations) => {
      const timeline = timelineOf(1, durations);
      const told = [
        ...segmentTemplate(timeline).matchAll(/<S t="(\d+)" d="(\d+)"(?: r="(\d+)")?\/>/g),
      ].flatMap(([, t, d, r]) =>
        Array.from({ length: Number(r ?? 0) + 1 }, (_, n) => ({
          start: Number(t) + n * Number(d),
          duration: Number(d),
        })),
      );
      expect(told).toEqual(timeline.segments.map(({ start, duration }) => ({ start, duration })));
    }),
  );
});

test("a gap in the file names is an error, not a manifest that is off by one", () => {
  const segments = ntsc.segments.slice(1);
  expect(() => segmentTemplate({ ...ntsc, segments })).toThrow("seg-00001.m4s is not segment 0");
});

test("frame rates are exact", () => {
  expect(exactFrameRate(ntsc)).toBe("30000/1001");
  expect(exactFrameRate(timelineOf(25_000, [150_000, 3000], 1000))).toBe("25");
  expect(
    exactFrameRate({ timescale: 1, segments: [{ file: "x", start: 0, duration: 5, frames: 2 }] }),
  ).toBeNull();
});

test("no label can break out of its place", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (label) => {
      const text = writeManifest({ ...none, videos: [video(360)], audios: [audio("a0-2", { label })] });
      expect(text.match(/<AdaptationSet /g)).toHaveLength(2);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML can't hold
      expect(text).not.toMatch(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/);
      expect(text.replaceAll(/&(amp|lt|gt|quot);/g, "")).not.toContain("&");
    }),
  );
});
