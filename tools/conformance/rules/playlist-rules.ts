/** Rules about one media playlist at a time. */

import type { Track } from "../model/presentation.ts";
import { secondsOf } from "../model/timeline.ts";
import { findings, notApplicable, type Rule } from "./rule.ts";
import { tracksOf } from "./tracks-of.ts";

const listed = (seconds: number): string => `${Number(seconds.toFixed(3))} s`;

/** Apple's target duration, seconds, and how far a segment may be from it and still be nominal. */
const nominalSeconds = 6;
const nominalSlackSeconds = 0.5;

/** Rule 7.7: how far a segment may exceed the target duration, seconds. */
const excessSeconds = 0.5;

/** Segments that exceed a limit, as one sentence for a track. */
function tooLong(track: Track, isTooLong: (seconds: number, target: number) => boolean): string | null {
  const target = track.playlist.targetDuration;
  if (target === null) return null;
  const long = track.segments.filter((segment) => isTooLong(secondsOf(track, segment), target));
  const [first] = long;
  if (first === undefined) return null;
  const more = long.length > 1 ? ` (and ${long.length - 1} more)` : "";
  return `${first.entry.uri} lasts ${listed(secondsOf(track, first))}${more}; the target duration is ${target} s`;
}

/** Rules of RFC 8216 chapter 4 and of Apple's chapters 7 and 8 that a single media playlist shows. */
export const playlistRules: Rule[] = [
  {
    id: "RFC 8216 §4",
    level: "MUST",
    title: "playlists parse without complaint",
    check: ({ multivariant, tracks }) => [
      ...(multivariant?.complaints ?? []).map((what) => ({ where: "the multivariant playlist", what })),
      ...tracks.flatMap(({ name, playlist }) => playlist.complaints.map((what) => ({ where: name, what }))),
    ],
  },
  {
    id: "RFC 8216 §6.2.1",
    level: "MUST",
    title: "everything that a playlist names can be fetched",
    check: ({ troubles }) => troubles.filter(({ kind }) => kind === "missing"),
  },
  {
    id: "RFC 8216 §3.3",
    level: "MUST",
    title: "fragmented MP4 files hold whole boxes that make sense",
    check: ({ troubles }) => troubles.filter(({ kind }) => kind === "unreadable"),
  },
  {
    id: "RFC 8216 §4.3.3.1",
    level: "MUST",
    title: "no EXTINF, rounded, is longer than EXT-X-TARGETDURATION",
    check: ({ tracks }) =>
      findings(tracks, ({ playlist: { targetDuration, segments } }) => {
        if (targetDuration === null) return "it has no EXT-X-TARGETDURATION";
        const long = segments.find(({ seconds }) => Math.round(seconds) > targetDuration);
        return long === undefined
          ? null
          : `EXTINF of ${long.uri} is ${listed(long.seconds)}, the target duration ${targetDuration} s`;
      }),
  },
  {
    id: "RFC 8216 §4.3.3.4",
    level: "MUST",
    title: "a playlist that is complete ends with EXT-X-ENDLIST",
    check: ({ tracks }) =>
      findings(tracks, ({ playlist }) =>
        playlist.endList
          ? null
          : "it has no EXT-X-ENDLIST: a player waits for more; only finished titles are checked",
      ),
  },
  {
    id: "RFC 8216 §4.3.2",
    level: "MUST",
    title: "media playlists have segments, and each lasts longer than nothing",
    check: ({ tracks }) =>
      findings(tracks, ({ playlist: { segments } }) => {
        if (segments.length === 0) return "it has no segments";
        const empty = segments.find(({ seconds }) => seconds === 0);
        return empty === undefined ? null : `${empty.uri} has no EXTINF that says how long it lasts`;
      }),
  },
  {
    id: "Apple 7.5–7.6",
    level: "SHOULD",
    title: "target duration and segments are nominally 6 s",
    check: (presentation) =>
      findings(tracksOf(presentation), (track) => {
        const target = track.playlist.targetDuration;
        const inner = track.segments.slice(0, -1);
        if (inner.length > 0 && target !== null && target !== nominalSeconds)
          return `the target duration is ${target} s`;
        const odd = inner.find((it) => Math.abs(secondsOf(track, it) - nominalSeconds) > nominalSlackSeconds);
        return odd === undefined ? null : `${odd.entry.uri} lasts ${listed(secondsOf(track, odd))}`;
      }),
  },
  {
    id: "Apple 7.7",
    level: "MUST",
    title: "no segment really lasts more than 0.5 s longer than the target duration",
    check: (presentation) =>
      findings(tracksOf(presentation), (track) =>
        tooLong(track, (seconds, target) => seconds > target + excessSeconds),
      ),
  },
  {
    id: "Apple 8.6",
    level: "MUST",
    title: "EXT-X-PLAYLIST-TYPE is VOD",
    check: ({ tracks }) =>
      findings(tracks, ({ playlist: { playlistType } }) =>
        playlistType === "VOD" ? null : `EXT-X-PLAYLIST-TYPE is ${playlistType ?? "not there"}`,
      ),
  },
  {
    id: "Apple 8.20",
    level: "MUST",
    title: "fragmented MP4 segments have an EXT-X-MAP",
    check: ({ tracks }) => {
      const fragmented = tracks.filter(({ format }) => format === "cmaf");
      if (fragmented.length === 0) return notApplicable("no fragmented MP4 segments");
      return findings(fragmented, ({ segments }) => {
        const bare = segments.find(({ entry }) => entry.map === null);
        return bare === undefined ? null : `${bare.entry.uri} has no EXT-X-MAP`;
      });
    },
  },
];
