/** Writes the multivariant playlist of an asset (RFC 8216 §4.3.4; rules by number: Apple's HLS authoring specification). */
import type { AudioRendition, VideoRendition } from "./published-renditions.ts";

/** Rule 1.32: the variant that a player starts with is the one near this rate. Bits per second. */
const startBitsPerSecond = 2_000_000;

/** The audio of one codec and channel count, in every language; a variant names a group, never a track. */
interface AudioGroup {
  id: string;
  codecs: string;
  tracks: AudioRendition[];
}

/**
 * The text of the playlist; its URIs are relative, `{key}/playlist.m3u8`. The variant to start with comes first, the
 * others from the best downwards. Pure: the same renditions in any order give the same text.
 * @throws Error without any video.
 */
export function writeMultivariant(
  videos: readonly VideoRendition[],
  audios: readonly AudioRendition[],
): string {
  if (videos.length === 0) throw new Error("A multivariant playlist needs at least one video rendition");
  const groups = groupAudio(audios);
  const ladder = videos.toSorted((a, b) => b.bandwidth - a.bandwidth || (a.key < b.key ? -1 : 1));
  const start = ladder.reduce((best, video) => (startDistance(video) < startDistance(best) ? video : best));
  const ordered = [start, ...ladder.filter((video) => video !== start)];
  const lines = [
    "#EXTM3U",
    "#EXT-X-VERSION:7",
    "#EXT-X-INDEPENDENT-SEGMENTS",
    ...groups.flatMap(mediaLines),
    ...(groups.length === 0 ? [null] : groups).flatMap((group) =>
      ordered.flatMap((video) => variantLines(video, group)),
    ),
    ...ladder.flatMap(iframeLines),
  ];
  return `${lines.join("\n")}\n`;
}

/** How far a rate is from the one to start with, as a ratio: half is as far as double. */
function startDistance(video: VideoRendition): number {
  return Math.abs(Math.log((video.averageBandwidth ?? video.bandwidth) / startBitsPerSecond));
}

/** One group per codec and channel count (rules 2.3, 9.6); stereo first, because every device plays it. */
function groupAudio(audios: readonly AudioRendition[]): AudioGroup[] {
  const groups = new Map<string, AudioGroup>();
  const sorted = audios.toSorted((a, b) => a.channels - b.channels || (a.key < b.key ? -1 : 1));
  for (const audio of sorted.toSorted((a, b) => Number(a.channels !== 2) - Number(b.channels !== 2))) {
    const id = `${quotable(audio.codecs)}-${audio.channels}`;
    const group = groups.get(id) ?? { id, codecs: quotable(audio.codecs), tracks: [] };
    group.tracks.push(audio);
    groups.set(id, group);
  }
  return [...groups.values()];
}

function mediaLines(group: AudioGroup): string[] {
  const names = new Set<string>();
  const languages = new Set<string>();
  return group.tracks.map((track, index) => {
    // Players keep tracks in objects by name, where one called `__proto__` would be lost.
    const name = distinctName(quotable(track.label).replace(/^_+/, "") || `Audio ${index + 1}`, names);
    const language = languageTag(track.language);
    // RFC 8216 §4.3.4.1.1: a player chooses by itself only among tracks that it can tell apart by language.
    const autoselect = index === 0 || !languages.has(language ?? "");
    names.add(name);
    languages.add(language ?? "");
    return `#EXT-X-MEDIA:${attributes([
      ["TYPE", "AUDIO"],
      ["GROUP-ID", `"${group.id}"`],
      ["NAME", `"${name}"`],
      ["LANGUAGE", language === null ? null : `"${language}"`],
      ["DEFAULT", index === 0 ? "YES" : "NO"],
      ["AUTOSELECT", autoselect ? "YES" : "NO"],
      ["CHANNELS", `"${track.channels}"`],
      ["URI", `"${track.key}/playlist.m3u8"`],
    ])}`;
  });
}

function variantLines(video: VideoRendition, group: AudioGroup | null): string[] {
  const tracks = group?.tracks ?? [];
  const averages = [video.averageBandwidth, heaviest(tracks.map((track) => track.averageBandwidth))];
  const average = averages.includes(null) ? null : sum(averages);
  return [
    `#EXT-X-STREAM-INF:${attributes([
      // Rule 9.13: the largest sum of any combination that can play.
      ["BANDWIDTH", String(sum([video.bandwidth, heaviest(tracks.map((track) => track.bandwidth))]))],
      ["AVERAGE-BANDWIDTH", average === null ? null : String(average)],
      ["CODECS", `"${[quotable(video.codecs), ...(group === null ? [] : [group.codecs])].join(",")}"`],
      ["RESOLUTION", `${video.width}x${video.height}`],
      ["FRAME-RATE", video.frameRate.toFixed(3)],
      ["AUDIO", group === null ? null : `"${group.id}"`],
    ])}`,
    `${video.key}/playlist.m3u8`,
  ];
}

function iframeLines(video: VideoRendition): string[] {
  if (video.iframeBandwidth === null) return [];
  return [
    `#EXT-X-I-FRAME-STREAM-INF:${attributes([
      ["BANDWIDTH", String(video.iframeBandwidth)],
      ["CODECS", `"${quotable(video.codecs)}"`],
      ["RESOLUTION", `${video.width}x${video.height}`],
      ["URI", `"${video.key}/iframes.m3u8"`],
    ])}`,
  ];
}

function attributes(list: [name: string, value: string | null][]): string {
  return list.flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`])).join(",");
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

function distinctName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let count = 2; taken.has(name); count++) name = `${wanted} ${count}`;
  return name;
}

/** A text that may stand in a quoted-string (RFC 8216 §4.2): sources name their tracks, and may name them anything. */
function quotable(text: string): string {
  return text.replaceAll(/["'\p{C}\p{Z}]+/gu, " ").trim();
}

/** A language that players understand; `und` says nothing, and a text that is no BCP 47 tag is worse than none. */
function languageTag(language: string | null): string | null {
  if (language === null || language === "und" || !/^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(language))
    return null;
  return language;
}
