/** The tracks of a film as DASH adaptation sets (ISO/IEC 23009-1, 5.3.3; roles: 5.8.5.5). */
import { isPlayedEverywhere } from "../hls/audio-groups.ts";
import { languageTag } from "../hls/playlist-attributes.ts";
import type {
  AudioRendition,
  StoryboardRendition,
  TextRendition,
  VideoRendition,
} from "../hls/published-renditions.ts";
import { segmentTemplate, timelineKey } from "./segment-template.ts";
import { exactFrameRate, type TrackTimeline } from "./track-timeline.ts";
import { element, escapeXml } from "./write-xml.ts";

/** A rendition and its segments. */
export type TimedRendition<T> = T & { timeline: TrackTimeline };

/** The file that holds all of a subtitle track: DASH players take no WebVTT in segments. */
export const wholeSubtitles = "whole.vtt";

/** Stands in for the bit rate of subtitles, which have no measured one; bits per second. */
const textBitsPerSecond = 1000;

/** One set for each codec and timeline, because a player may change between all pictures of a set at any segment. */
export function videoSets(videos: readonly TimedRendition<VideoRendition>[]): string[] {
  const groups = Map.groupBy(
    videos,
    ({ codecs, timeline }) => `${codecs.split(".")[0]} ${timelineKey(timeline)}`,
  );
  return [...groups.values()].map((group) => {
    const ladder = group.toSorted((a, b) => b.bandwidth - a.bandwidth || (a.key < b.key ? -1 : 1));
    const attributes = {
      contentType: "video",
      mimeType: "video/mp4",
      segmentAlignment: true,
      startWithSAP: 1,
    };
    const sizes = {
      maxWidth: Math.max(...ladder.map(({ width }) => width)),
      maxHeight: Math.max(...ladder.map(({ height }) => height)),
    };
    const representations = ladder.map(({ key, bandwidth, codecs, width, height, frameRate, timeline }) =>
      element("Representation", {
        id: key,
        bandwidth,
        codecs,
        width,
        height,
        sar: "1:1",
        frameRate: exactFrameRate(timeline) ?? String(Math.round(frameRate)),
      }),
    );
    const template = ladder[0] === undefined ? [] : [segmentTemplate(ladder[0].timeline)];
    return element("AdaptationSet", { ...attributes, ...sizes }, [
      role("main"),
      ...template,
      ...representations,
    ]);
  });
}

/**
 * One set for each track, because the viewer chooses languages and channel layouts, and the device codecs, not the network. The
 * first is the main one.
 */
export function audioSets(audios: readonly TimedRendition<AudioRendition>[]): string[] {
  const sorted = audios.toSorted(
    (a, b) =>
      Number(b.isDefault) - Number(a.isDefault) ||
      Number(a.channels !== 2) - Number(b.channels !== 2) ||
      Number(!isPlayedEverywhere(a)) - Number(!isPlayedEverywhere(b)) ||
      (a.key < b.key ? -1 : 1),
  );
  return sorted.map(({ key, label, codecs, channels, language, bandwidth, timeline }, n) => {
    const attributes = { contentType: "audio", mimeType: "audio/mp4", lang: langOf(language) };
    const alignment = { segmentAlignment: true, startWithSAP: 1 };
    const layout = {
      schemeIdUri: "urn:mpeg:dash:23003:3:audio_channel_configuration:2011",
      value: channels,
    };
    return element("AdaptationSet", { ...attributes, ...alignment }, [
      ...labelOf(label),
      role(n === 0 ? "main" : "alternate"),
      segmentTemplate(timeline),
      element("Representation", { id: key, bandwidth, codecs, audioSamplingRate: timeline.timescale }, [
        element("AudioChannelConfiguration", layout),
      ]),
    ]);
  });
}

/** One set for each subtitle track. The default one is also `main`. */
export function textSets(texts: readonly TextRendition[]): string[] {
  const sorted = texts.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  return sorted.map(({ key, label, language, isDefault, isForced, isSdh }) =>
    element("AdaptationSet", { contentType: "text", mimeType: "text/vtt", lang: langOf(language) }, [
      ...labelOf(label),
      role(isForced ? "forced-subtitle" : isSdh ? "caption" : "subtitle"),
      ...(isDefault ? [role("main")] : []),
      element("Representation", { id: key, bandwidth: textBitsPerSecond }, [
        element("BaseURL", {}, [`${key}/${wholeSubtitles}`]),
      ]),
    ]),
  );
}

/** Thumbnails as image tiles (DASH-IF interoperability points 4.3, 6.2.6). */
export function storyboardSets(storyboards: readonly TimedRendition<StoryboardRendition>[]): string[] {
  return storyboards.flatMap(({ key, bandwidth, timeline: { timescale, tiles } }) => {
    if (tiles === undefined) return [];
    const { columns, rows, width, height, intervalTicks } = tiles;
    const template = {
      timescale,
      duration: intervalTicks * columns * rows,
      startNumber: 0,
      media: "$RepresentationID$/sprite-$Number%05d$.jpg",
    };
    const tiling = {
      schemeIdUri: "http://dashif.org/guidelines/thumbnail_tile",
      value: `${columns}x${rows}`,
    };
    const size = { width: columns * width, height: rows * height };
    return element("AdaptationSet", { contentType: "image", mimeType: "image/jpeg" }, [
      element("SegmentTemplate", template),
      element("Representation", { id: key, bandwidth, ...size }, [element("EssentialProperty", tiling)]),
    ]);
  });
}

function role(value: string): string {
  return element("Role", { schemeIdUri: "urn:mpeg:dash:role:2011", value });
}

function labelOf(label: string): string[] {
  return label === "" ? [] : [element("Label", {}, [escapeXml(label)])];
}

/** `xs:language`, without the quotes that HLS puts around it. */
function langOf(language: string | null): string {
  return languageTag(language).replaceAll('"', "");
}
