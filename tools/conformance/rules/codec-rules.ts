/** Rules about codecs, sizes and frame rates: limits on what really is in the segments. */
import { h264Level } from "../../../workers/pipeline/plan/h264-level.ts";
import type { CmafTrack, Presentation } from "../model/presentation.ts";
import { framesPerSecond } from "../model/timeline.ts";
import { findings, notApplicable, type Rule } from "./rule.ts";
import { checkCmaf, cmafTracksOf, videoVariants } from "./tracks-of.ts";

/** Rule 1.18, frames per second. */
const naturalRates = [24000 / 1001, 24, 25, 30000 / 1001, 30, 50, 60000 / 1001, 60];
const rateSlack = 0.01;
const maxRate = 60;

/** `profile_idc` up to High: Baseline, Main, Extended, High. */
const profilesUpToHigh = [66, 77, 88, 100];
const highProfile = 100;

/** Every device that plays HLS decodes this level, so a stream below it over-declares nothing that matters. */
const levelOfAllDevices = 31;

/** Sizes may differ from an aspect ratio by this much, because they are even numbers. Pixels. */
const aspectSlackPixels = 2;

const isHttpLiveVideo = (codec: string): boolean => /^(avc[13]|hvc1|hev1|dvh1|dvhe|av01)/.test(codec);

/** Checks H.264 tracks that have a parameter set. */
function checkAvc(
  presentation: Presentation,
  check: (track: CmafTrack, avc: NonNullable<CmafTrack["main"]["entry"]["avc"]>) => string | null,
): ReturnType<Rule["check"]> {
  const tracks = cmafTracksOf(presentation, "video").filter(({ main }) => main.entry.avc !== null);
  if (tracks.length === 0) return notApplicable("no H.264 in CMAF");
  return findings(tracks, (track) =>
    track.main.entry.avc === null ? null : check(track, track.main.entry.avc),
  );
}

/** Rules of Apple's chapter 1. */
export const codecRules: Rule[] = [
  {
    id: "Apple 1.1",
    level: "MUST",
    title: "video is H.264, HEVC, Dolby Vision or AV1",
    check: (presentation) =>
      checkCmaf(presentation, ["video"], (tracks) =>
        findings(tracks, ({ main }) =>
          isHttpLiveVideo(main.entry.codec) ? null : `it is ${main.entry.codec}`,
        ),
      ),
  },
  {
    id: "Apple 1.3a",
    level: "SHOULD",
    title: "some H.264 variants are at level 4.1 or below",
    check: (presentation) => {
      const tracks = cmafTracksOf(presentation, "video").filter(({ main }) => main.entry.avc !== null);
      if (tracks.length === 0) return notApplicable("no H.264 in CMAF");
      return tracks.some(({ main }) => (main.entry.avc?.levelIdc ?? 0) <= 41)
        ? []
        : [{ where: "all H.264 variants", what: "they are above level 4.1" }];
    },
  },
  {
    id: "Apple 1.3b",
    level: "MUST",
    title: "H.264 is at most High profile, level 5.2",
    check: (presentation) =>
      checkAvc(presentation, (_, { profileIdc, levelIdc }) =>
        profilesUpToHigh.includes(profileIdc) && levelIdc <= 52
          ? null
          : `profile_idc is ${profileIdc}, level ${levelIdc / 10}`,
      ),
  },
  {
    id: "Apple 1.4",
    level: "SHOULD",
    title: "H.264 is High profile rather than Main or Baseline",
    check: (presentation) =>
      checkAvc(presentation, (_, { profileIdc }) =>
        profileIdc >= highProfile ? null : `profile_idc is ${profileIdc}`,
      ),
  },
  {
    id: "Apple 1.5, 1.39",
    level: "MUST",
    title: "HEVC and AV1 are in fragmented MP4",
    check: (presentation) =>
      findings(presentation.variants, ({ entry, track }) => {
        const codec = entry.codecs?.find((it) => /^(hvc1|hev1|dvh|av01)/.test(it));
        return codec !== undefined && track?.format === "mpeg-ts" ? `${codec} is in MPEG-TS` : null;
      }),
  },
  {
    id: "Apple 1.11",
    level: "SHOULD",
    title: "the H.264 level is not higher than size and frame rate need",
    check: (presentation) =>
      checkAvc(presentation, (track, avc) => {
        // Neither the bit rate nor many reference frames excuse a level by Apple's rule; both are given the benefit here.
        const excused = avc.levelIdc <= levelOfAllDevices || avc.referenceFrames > 4;
        const rate = framesPerSecond(track) ?? maxRate;
        const needed = Number(h264Level(avc.width, avc.height, rate, 0)) * 10;
        return excused || avc.levelIdc <= needed
          ? null
          : `level ${avc.levelIdc / 10} is declared; ${avc.width}x${avc.height} at ${rate.toFixed(2)} needs ${needed / 10}`;
      }),
  },
  {
    id: "Apple 1.12",
    level: "SHOULD",
    title: "some variants are H.264",
    check: ({ variants }) => {
      const codecs = variants.flatMap(({ entry }) => entry.codecs ?? []);
      if (!codecs.some(isHttpLiveVideo)) return notApplicable("no variant names a video codec");
      return codecs.some((codec) => /^avc/.test(codec))
        ? []
        : [{ where: "all variants", what: "none is H.264" }];
    },
  },
  {
    id: "Apple 1.14",
    level: "MUST",
    title: "video is progressive: interlaced sources are deinterlaced",
    check: (presentation) =>
      checkAvc(presentation, (_, { framesOnly }) =>
        framesOnly ? null : "it is coded with fields (frame_mbs_only_flag is 0)",
      ),
  },
  {
    id: "Apple 1.18",
    level: "SHOULD",
    title: "the frame rate is a natural one: 23.976, 24, 25, 29.97, 30, 50, 59.94 or 60",
    check: (presentation) =>
      checkCmaf(presentation, ["video"], (tracks) =>
        findings(tracks, (track) => {
          const rate = framesPerSecond(track);
          const natural = rate === null || naturalRates.some((it) => Math.abs(it - rate) <= rateSlack);
          return natural ? null : `${rate.toFixed(3)} frames a second`;
        }),
      ),
  },
  {
    id: "Apple 1.19",
    level: "MUST",
    title: "the frame rate is at most 60",
    check: (presentation) =>
      checkCmaf(presentation, ["video"], (tracks) =>
        findings(tracks, (track) => {
          const rate = framesPerSecond(track) ?? 0;
          return rate <= maxRate + rateSlack ? null : `${rate.toFixed(3)} frames a second`;
        }),
      ),
  },
  {
    id: "Apple 1.21",
    level: "SHOULD",
    title: "all variants have one colour space",
    check: (presentation) =>
      checkCmaf(presentation, ["video"], (tracks) => {
        const spaces = new Set(tracks.map(({ main }) => main.entry.colourPrimaries ?? "unsaid"));
        return spaces.size <= 1 ? [] : [{ where: "colour primaries", what: [...spaces].join(", ") }];
      }),
  },
  {
    id: "Apple 1.33",
    level: "SHOULD",
    title: "all variants have the same aspect ratio",
    check: (presentation) => {
      const sized = videoVariants(presentation).flatMap(({ name, entry }) =>
        entry.resolution === null ? [] : [{ name, ...entry.resolution }],
      );
      const largest = sized.toSorted((a, b) => b.width - a.width)[0];
      if (largest === undefined) return notApplicable("no variant has a RESOLUTION");
      return findings(sized, ({ width, height }) => {
        const exact = (height * largest.width) / largest.height;
        const slack = aspectSlackPixels * Math.max(1, largest.width / largest.height);
        return Math.abs(width - exact) <= slack
          ? null
          : `${width}x${height}; the largest is ${largest.width}x${largest.height}`;
      });
    },
  },
];
