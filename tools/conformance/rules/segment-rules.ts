/** Rules about what segments hold: continuity, key frames, tracks. */
import { frameSeconds, shownTicks } from "../model/timeline.ts";
import { firstGap, longestKeyFrameGap } from "./find-gaps.ts";
import { findings, notApplicable, type Rule } from "./rule.ts";
import { checkCmaf, tracksOf } from "./tracks-of.ts";

/** Rule 1.13, seconds; and by how much the frames of a natural rate may miss it (60 frames of 29.97 last 2.002 s). */
const keyFrameSeconds = 2;
const keyFrameSlackSeconds = 0.1;

/** Tracks that belong into no stream, by handler (QuickTime timecode, hints). */
const strayHandlers = ["tmcd", "hint", "meta"];

/** Rules of Apple's chapters 1, 2 and 7 about segments, and what a player trips over in practice. */
export const segmentRules: Rule[] = [
  {
    id: "Apple 7.3",
    level: "MUST",
    title: "each fragment's decode time continues the one before",
    check: (presentation) =>
      checkCmaf(presentation, ["video", "audio"], (tracks) => findings(tracks, firstGap)),
  },
  {
    id: "Apple 7.4",
    level: "MUST",
    title: "video segments start with an IDR picture",
    check: (presentation) =>
      checkCmaf(presentation, ["video"], (tracks) =>
        findings(tracks, ({ segments }) => {
          const bad = segments.filter(
            ({ media }) => media !== null && media.fragments[0]?.samples[0]?.isRandomAccess !== true,
          );
          const more = bad.length > 1 ? ` (and ${bad.length - 1} more)` : "";
          return bad[0] === undefined
            ? null
            : `${bad[0].entry.uri} does not start with an IDR picture${more}`;
        }),
      ),
  },
  {
    id: "Apple 1.13",
    level: "SHOULD",
    title: "there is an IDR picture every two seconds",
    check: (presentation) =>
      checkCmaf(presentation, ["video"], (tracks) =>
        findings(tracks, (track) => {
          const seconds = longestKeyFrameGap(track);
          return seconds <= keyFrameSeconds + Math.max(keyFrameSlackSeconds, frameSeconds(track))
            ? null
            : `up to ${seconds.toFixed(3)} s without one`;
        }),
      ),
  },
  {
    id: "Apple 2.17",
    level: "MUST",
    title: "no segment holds more than one audio stream",
    check: (presentation) =>
      checkCmaf(presentation, ["video", "audio"], (tracks) =>
        findings(tracks, ({ inits }) => {
          const count = Math.max(
            0,
            ...inits.map((init) => init?.tracks.filter(({ handler }) => handler === "soun").length ?? 0),
          );
          return count > 1 ? `its init segment has ${count} audio tracks` : null;
        }),
      ),
  },
  {
    id: "Apple 1.10",
    level: "SHOULD",
    title: "parameter sets are in the sample description: avc1 or hvc1, not avc3 or hev1",
    check: (presentation) =>
      checkCmaf(presentation, ["video"], (tracks) =>
        findings(tracks, ({ main }) =>
          /^(avc3|hev1|dvhe)$/.test(main.entry.type) ? `the sample entry is ${main.entry.type}` : null,
        ),
      ),
  },
  {
    id: "RFC 8216 §4.3.2.3",
    level: "SHOULD",
    title: "the init segment stays the same to the end, or changes at a discontinuity",
    check: (presentation) =>
      checkCmaf(presentation, ["video", "audio"], (tracks) =>
        findings(tracks, ({ segments, inits }) => {
          const changed = segments.find(
            ({ init, entry }, n) =>
              n > 0 &&
              !entry.discontinuity &&
              inits[init]?.digest !== inits[segments[n - 1]?.init ?? -1]?.digest,
          );
          return changed === undefined
            ? null
            : `${changed.entry.uri} has another one than the segment before`;
        }),
      ),
  },
  {
    id: "Marquee edits",
    level: "SHOULD",
    title: "no edit list but audio priming: players in browsers do not apply them",
    check: (presentation) =>
      checkCmaf(presentation, ["video", "audio"], (tracks) =>
        findings(tracks, ({ main }) => {
          const odd =
            main.handler === "soun"
              ? main.edits.length > 1 || main.edits.some(({ mediaTime }) => mediaTime < 0)
              : main.edits.some(({ mediaTime }) => mediaTime !== 0);
          return odd ? `edits at ${main.edits.map(({ mediaTime }) => mediaTime).join(", ")} ticks` : null;
        }),
      ),
  },
  {
    id: "Marquee tracks",
    level: "SHOULD",
    title: "init segments have no timecode or metadata tracks, and tracks no user data",
    check: (presentation) =>
      checkCmaf(presentation, ["video", "audio"], (tracks) =>
        findings(tracks, ({ inits }) => {
          const handlers = inits.flatMap((init) => init?.tracks.map(({ handler }) => handler) ?? []);
          const stray = handlers.filter((handler) => strayHandlers.includes(handler));
          const userData = inits.some((init) => init?.hasUserData) ? ["udta"] : [];
          return stray.length + userData.length === 0 ? null : [...stray, ...userData].join(", ");
        }),
      ),
  },
  {
    id: "Marquee sequence",
    level: "SHOULD",
    title: "fragments' sequence numbers grow (ISO/IEC 14496-12 §8.8.5)",
    check: (presentation) =>
      checkCmaf(presentation, ["video", "audio"], (tracks) =>
        findings(tracks, ({ segments }) => {
          let last = -1;
          for (const { entry, media } of segments) {
            if (entry.discontinuity) last = -1;
            for (const { sequenceNumber } of media?.fragments ?? []) {
              if (sequenceNumber <= last) return `${entry.uri} has number ${sequenceNumber} after ${last}`;
              last = sequenceNumber;
            }
          }
          return null;
        }),
      ),
  },
  {
    id: "Marquee start",
    level: "SHOULD",
    title: "picture and sound start at time zero: a gap at the start stalls Safari",
    check: (presentation) =>
      checkCmaf(presentation, ["video", "audio"], (tracks) =>
        findings(tracks, (track) => {
          const media = track.segments[0]?.media;
          if (media == null) return null;
          const seconds = (shownTicks(media)[0] ?? 0) / track.main.timescale;
          return Math.abs(seconds) <= Math.max(keyFrameSlackSeconds, frameSeconds(track))
            ? null
            : `it starts at ${seconds.toFixed(3)} s`;
        }),
      ),
  },
  {
    id: "Marquee decode",
    level: "MUST",
    title: "FFmpeg decodes every track without a complaint, and finds every frame",
    check: (presentation) => {
      if (presentation.decoded === null) return notApplicable("--decode was not given");
      if (tracksOf(presentation).length === 0) return notApplicable("no audio or video track");
      return presentation.decoded.flatMap(({ track, frames, errors }) => {
        const expected = track.segments.reduce(
          (sum, { media }) => sum + (media === null ? 0 : shownTicks(media).length),
          0,
        );
        if (errors !== "") return [{ where: track.name, what: errors.split("\n", 1)[0] ?? "" }];
        return frames === null || !presentation.isWhole || frames === expected
          ? []
          : [{ where: track.name, what: `${frames} frames come out of ${expected} coded ones` }];
      });
    },
  },
];
