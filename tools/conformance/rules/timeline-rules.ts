/** Rules about time: each track's own, and all tracks against each other. */
import { extinfDrift } from "../model/extinf-drift.ts";
import type { CmafTrack, Presentation, Track } from "../model/presentation.ts";
import {
  boundaries,
  firstShownSeconds,
  frameSeconds,
  shownTicks,
  statedSeconds,
  trackSeconds,
} from "../model/timeline.ts";
import { type Finding, findings, notApplicable, type Rule } from "./rule.ts";
import { checkCmaf, cmafTracksOf, isCmaf, tracksOf } from "./tracks-of.ts";

/** Sums of decimal EXTINF round; far below any frame. Seconds. */
const roundingSeconds = 0.001;

const shown = (seconds: number): string => `${seconds.toFixed(3)} s`;

/** The longest frame among the tracks: what "one frame" may mean between audio and video. Seconds. */
function longestFrame(presentation: Presentation): number {
  return Math.max(0.04, ...cmafTracksOf(presentation).map(frameSeconds));
}

/** Compares each track with the first one. */
function againstFirst<T extends Track>(
  tracks: T[],
  compare: (first: T, other: T) => string | null,
): Finding[] {
  const [first, ...others] = tracks;
  return first === undefined ? [] : findings(others, (other) => compare(first, other));
}

/** Rules 8.1 to 8.22 of Apple's specification that are about time, and RFC 8216 §6.2.4. */
export const timelineRules: Rule[] = [
  {
    id: "Apple 8.1",
    level: "MUST",
    title: "EXTINF adds up to the real time within one frame, over any run of segments",
    check: (presentation) => {
      const frames = cmafTracksOf(presentation, "video").map(frameSeconds);
      return checkCmaf(presentation, ["video", "audio", "iframes"], (tracks) =>
        findings(tracks, (track) => {
          const limit = Math.max(track.role === "iframes" ? 0 : frameSeconds(track), ...frames);
          const drift = extinfDrift(track);
          return drift <= limit + roundingSeconds
            ? null
            : `EXTINF is up to ${shown(drift)} off the decode times; a frame is ${shown(limit)}`;
        }),
      );
    },
  },
  {
    id: "Apple 8.2",
    level: "MUST",
    title: "audio and video playlists have the same target duration",
    check: (presentation) =>
      againstFirst(tracksOf(presentation), (first, other) =>
        other.playlist.targetDuration === first.playlist.targetDuration
          ? null
          : `${other.playlist.targetDuration} s; ${first.name} has ${first.playlist.targetDuration} s`,
      ),
  },
  {
    id: "Apple 8.3",
    level: "MUST",
    title: "audio and video are equally long, within one frame",
    check: (presentation) => {
      const limit = longestFrame(presentation) + roundingSeconds;
      return againstFirst(tracksOf(presentation), (first, other) => {
        const [seconds, wanted] = [trackSeconds(other), trackSeconds(first)];
        return Math.abs(seconds - wanted) <= limit
          ? null
          : `it lasts ${shown(seconds)}; ${first.name} lasts ${shown(wanted)}`;
      });
    },
  },
  {
    id: "Apple 8.7",
    level: "MUST",
    title: "all playlists cover the same time range",
    check: (presentation) => {
      const limit = longestFrame(presentation) + roundingSeconds;
      const [reference] = tracksOf(presentation);
      if (reference === undefined) return notApplicable("no audio or video track");
      const start = isCmaf(reference) ? firstShownSeconds(reference) : null;
      const length = statedSeconds(reference);
      return findings(presentation.tracks, (track) => {
        if (track === reference) return null;
        const isMedia = track.role === "video" || track.role === "audio";
        const own = isMedia && isCmaf(track) ? firstShownSeconds(track) : null;
        if (own !== null && start !== null && Math.abs(own - start) > limit) {
          return `it starts at ${shown(own)}; ${reference.name} starts at ${shown(start)}`;
        }
        const stated = statedSeconds(track);
        return Math.abs(stated - length) <= limit
          ? null
          : `EXTINF adds up to ${shown(stated)}; in ${reference.name} to ${shown(length)}`;
      });
    },
  },
  {
    id: "Apple 8.15",
    level: "MUST",
    title: "discontinuities are at the same times in all variants and renditions",
    check: (presentation) => {
      const limit = longestFrame(presentation) + roundingSeconds;
      const timesOf = (track: Track): number[] => {
        const ends = [0, ...boundaries(track)];
        return track.segments.flatMap(({ entry }, n) => (n > 0 && entry.discontinuity ? [ends[n] ?? 0] : []));
      };
      const tracks = tracksOf(presentation);
      if (tracks.every((track) => timesOf(track).length === 0)) return notApplicable("no discontinuities");
      return againstFirst(tracks, (first, other) => {
        const [own, wanted] = [timesOf(other), timesOf(first)];
        const same =
          own.length === wanted.length && own.every((time, n) => Math.abs(time - (wanted[n] ?? 0)) <= limit);
        return same
          ? null
          : `at ${own.map(shown).join(", ") || "none"}; in ${first.name} at ${wanted.map(shown).join(", ") || "none"}`;
      });
    },
  },
  {
    id: "Apple 8.22",
    level: "SHOULD",
    title: "all variants and renditions have the same segment boundaries, within one frame",
    check: (presentation) => {
      const limit = longestFrame(presentation) + roundingSeconds;
      return againstFirst(tracksOf(presentation), (first, other) => {
        const [own, wanted] = [boundaries(other), boundaries(first)];
        if (own.length !== wanted.length) {
          return `it has ${own.length} segments; ${first.name} has ${wanted.length}`;
        }
        const n = own.findIndex((end, index) => Math.abs(end - (wanted[index] ?? 0)) > limit);
        return n === -1
          ? null
          : `segment ${n} ends at ${shown(own[n] ?? 0)}; in ${first.name} at ${shown(wanted[n] ?? 0)}`;
      });
    },
  },
  {
    id: "RFC 8216 §6.2.4",
    level: "MUST",
    title: "the same pictures have the same timestamps in all variants of a frame rate",
    check: (presentation) =>
      checkCmaf(presentation, ["video"], (tracks) => {
        const groups = Map.groupBy(tracks, (track) => Math.round(1 / frameSeconds(track)));
        return [...groups.values()].flatMap((group) => againstFirst(group, differentTimes));
      }),
  },
];

/** The first segment that is loaded in both and has other times in one, as a sentence. */
function differentTimes(first: CmafTrack, other: CmafTrack): string | null {
  for (const [n, { media, entry }] of other.segments.entries()) {
    const reference = first.segments[n]?.media;
    if (media === null || reference == null) continue;
    const own = shownTicks(media).map((ticks) => ticks / other.main.timescale);
    const wanted = shownTicks(reference).map((ticks) => ticks / first.main.timescale);
    if (own.length !== wanted.length) {
      return `${entry.uri} has ${own.length} pictures; in ${first.name} it has ${wanted.length}`;
    }
    const at = own.findIndex((time, index) => Math.abs(time - (wanted[index] ?? 0)) > roundingSeconds / 2);
    if (at !== -1)
      return `${entry.uri} shows a picture at ${shown(own[at] ?? 0)}; in ${first.name} it is at ${shown(wanted[at] ?? 0)}`;
  }
  return null;
}
