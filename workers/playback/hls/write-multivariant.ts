/** Writes the multivariant playlist of an asset (RFC 8216 §4.3.4; rules by number: Apple's HLS authoring specification). */
import { type AudioGroup, audioLines, groupAudio } from "./audio-groups.ts";
import { attributes, quotable } from "./playlist-attributes.ts";
import {
  ordinaryNaming,
  type PlaylistNaming,
  playlistPath,
  steeredVariant,
  steeringLines,
} from "./playlist-naming.ts";
import type {
  AudioRendition,
  StoryboardRendition,
  TextRendition,
  VideoRendition,
} from "./published-renditions.ts";
import { sessionDataLines } from "./session-data.ts";
import { subtitleGroupId, subtitleLines } from "./subtitle-group.ts";

/** Rule 1.32: a player starts with the variant nearest to this rate. Bits per second. */
const startBitsPerSecond = 2_000_000;

/**
 * The text of the playlist; its URIs are relative, named by `naming`, usually `{key}/playlist.m3u8`. The variant to start with
 * comes first, the others from the best downwards. Pure: the same renditions in any order give the same text.
 * @throws Error without any video.
 */
export function writeMultivariant(
  videos: readonly VideoRendition[],
  audios: readonly AudioRendition[],
  texts: readonly TextRendition[] = [],
  storyboards: readonly StoryboardRendition[] = [],
  naming: PlaylistNaming = ordinaryNaming,
): string {
  if (videos.length === 0) throw new Error("A multivariant playlist needs at least one video rendition");
  const groups = groupAudio(audios);
  const ladder = videos.toSorted((a, b) => b.bandwidth - a.bandwidth || (a.key < b.key ? -1 : 1));
  const start = ladder.reduce((best, video) => (startDistance(video) < startDistance(best) ? video : best));
  const scores = scoreByKey(videos);
  const ordered = [start, ...ladder.filter((video) => video !== start)];
  const lines = [
    "#EXTM3U",
    "#EXT-X-VERSION:7",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    ...steeringLines(naming),
    ...sessionDataLines(storyboards.toSorted((a, b) => (a.key < b.key ? -1 : 1))),
    ...groups.flatMap((group) => audioLines(group, naming)),
    ...subtitleLines(texts, naming),
    ...(groups.length === 0 ? [null] : groups).flatMap((group) =>
      ordered.flatMap((video) =>
        variantLines(video, scores.get(video.key) ?? 0, group, texts.length > 0, naming),
      ),
    ),
    ...ladder.flatMap((video) => iframeLines(video, scores.get(video.key) ?? 0, naming)),
    ...storyboards.toSorted((a, b) => (a.key < b.key ? -1 : 1)).map(imageLine),
  ];
  return `${lines.join("\n")}\n`;
}

/** The distance of a rate from the one to start with, as a ratio: half is as far as double. */
function startDistance(video: VideoRendition): number {
  return Math.abs(Math.log((video.averageBandwidth ?? video.bandwidth) / startBitsPerSecond));
}

/** Codecs by picture quality at the same rate, the best last; as the beginnings of RFC 6381 strings. */
const codecsByYield = ["avc1", "hvc1", "av01"];

/**
 * SCORE (draft-pantos-hls-rfc8216bis §4.4.6.2): the place of each picture among all, 1 for the least. More lines are better,
 * then more frames, then a more efficient codec. Every variant has one, or players would ignore all of them.
 */
function scoreByKey(videos: readonly VideoRendition[]): ReadonlyMap<string, number> {
  const yieldOf = ({ codecs }: VideoRendition) => codecsByYield.indexOf(codecs.slice(0, 4));
  const sorted = videos.toSorted(
    (a, b) =>
      Math.min(a.width, a.height) - Math.min(b.width, b.height) ||
      a.frameRate - b.frameRate ||
      yieldOf(a) - yieldOf(b) ||
      a.bandwidth - b.bandwidth ||
      (a.key < b.key ? -1 : 1),
  );
  return new Map(sorted.map(({ key }, n) => [key, n + 1]));
}

function variantLines(
  video: VideoRendition,
  score: number,
  group: AudioGroup | null,
  hasSubtitles: boolean,
  naming: PlaylistNaming,
): string[] {
  const tracks = group?.tracks ?? [];
  const averages = [video.averageBandwidth, heaviest(tracks.map((track) => track.averageBandwidth))];
  const average = averages.includes(null) ? null : sum(averages);
  return [
    `#EXT-X-STREAM-INF:${attributes([
      // Rule 9.13: the largest sum of any combination that can play.
      ["BANDWIDTH", String(sum([video.bandwidth, heaviest(tracks.map((track) => track.bandwidth))]))],
      ["AVERAGE-BANDWIDTH", average === null ? null : String(average)],
      ["SCORE", `${score}.0`],
      ["CODECS", `"${[quotable(video.codecs), ...(group === null ? [] : [group.codecs])].join(",")}"`],
      ["RESOLUTION", `${video.width}x${video.height}`],
      ["FRAME-RATE", video.frameRate.toFixed(3)],
      ["AUDIO", group === null ? null : `"${group.id}"`],
      ["SUBTITLES", hasSubtitles ? `"${subtitleGroupId}"` : null],
      ...steeredVariant(naming, video.key, "playlist.m3u8"),
    ])}`,
    playlistPath(video.key, "playlist.m3u8", naming.keyFolder),
  ];
}

function iframeLines(video: VideoRendition, score: number, naming: PlaylistNaming): string[] {
  if (video.iframeBandwidth === null) return [];
  return [
    `#EXT-X-I-FRAME-STREAM-INF:${attributes([
      ["BANDWIDTH", String(video.iframeBandwidth)],
      ["SCORE", `${score}.0`],
      ["CODECS", `"${quotable(video.codecs)}"`],
      ["RESOLUTION", `${video.width}x${video.height}`],
      ...steeredVariant(naming, video.key, "iframes.m3u8"),
      ["URI", `"${playlistPath(video.key, "iframes.m3u8", naming.keyFolder)}"`],
    ])}`,
  ];
}

/** Thumbnails for players that know this tag (Roku's image media playlists); others ignore it (RFC 8216 §6.3.1). */
function imageLine(storyboard: StoryboardRendition): string {
  return `#EXT-X-IMAGE-STREAM-INF:${attributes([
    ["BANDWIDTH", String(storyboard.bandwidth)],
    ["RESOLUTION", `${storyboard.width}x${storyboard.height}`],
    ["CODECS", '"jpeg"'],
    ["URI", `"${storyboard.key}/playlist.m3u8"`],
  ])}`;
}

/** The heaviest of some rates; null when one is not known, zero when there are none. */
function heaviest(rates: (number | null)[]): number | null {
  return rates.reduce<number | null>(
    (most, rate) => (most === null || rate === null ? null : Math.max(most, rate)),
    0,
  );
}

function sum(rates: (number | null)[]): number {
  return rates.reduce<number>((total, rate) => total + (rate ?? 0), 0);
}
