/** Rules about the multivariant playlist: its attributes, its order, its choice of variants. */

import type { Presentation, Variant } from "../model/presentation.ts";
import type { StreamEntry } from "../playlist/read-any-playlist.ts";
import { type Finding, findings, type NotApplicable, notApplicable, type Rule } from "./rule.ts";
import { tracksOf, videoVariants } from "./tracks-of.ts";

/** Rule 1.32: average bits per second of the variant to start with; how much nearer another one may be, as a ratio. */
const startBitsPerSecond = 2_000_000;
const startSlack = 1.3;

/** Rule 9.21, bits per second. */
const slowestBitsPerSecond = 192_000;

/** Rule 9.10: HD begins here, lines. */
const hdLines = 720;

/** A picture of the smallest usual rung has no smaller one to offer (16:9 at 240 lines), pixels. */
const smallestRungPixels = 426 * 240;

/** ISO/IEC 23091-2 transfer characteristics. */
const hdrTransfers = [16, 18];

/** Checks what a multivariant playlist must be there for. */
function check(
  presentation: Presentation,
  look: (multivariant: NonNullable<Presentation["multivariant"]>) => Finding[] | NotApplicable,
): Finding[] | NotApplicable {
  const { multivariant } = presentation;
  return multivariant === null ? notApplicable("no multivariant playlist") : look(multivariant);
}

/** A rule that variants (with pictures) have an attribute. */
function hasAttribute(
  id: string,
  attribute: string,
  value: (entry: StreamEntry) => unknown,
  videoOnly: boolean,
): Rule {
  return {
    id,
    level: "MUST",
    title: `every variant${videoOnly ? " with video" : ""} has ${attribute}`,
    check: (presentation) =>
      check(presentation, () =>
        findings(videoOnly ? videoVariants(presentation) : presentation.variants, ({ entry }) =>
          value(entry) === null ? `it has no ${attribute}` : null,
        ),
      ),
  };
}

function isHdr({ entry, track }: Variant): boolean {
  const transfer = track?.main?.entry.transfer ?? null;
  return (
    ["PQ", "HLG"].includes(entry.videoRange ?? "") || (transfer !== null && hdrTransfers.includes(transfer))
  );
}

/** The distance of a variant's average from the one to start with, as a ratio of at least 1. */
function startDistance({ entry }: Variant): number {
  const ratio = (entry.averageBandwidth ?? entry.bandwidth ?? 1) / startBitsPerSecond;
  return Math.max(ratio, 1 / ratio);
}

function pixelsOf({ entry }: Variant): number {
  return (entry.resolution?.width ?? 0) * (entry.resolution?.height ?? 0);
}

/** Rules of Apple's chapters 1 and 9 on variants. */
export const multivariantRules: Rule[] = [
  hasAttribute("RFC 8216 §4.3.4.2 BANDWIDTH", "BANDWIDTH", ({ bandwidth }) => bandwidth, false),
  hasAttribute("Apple 9.1", "CODECS", ({ codecs }) => codecs, false),
  hasAttribute("Apple 9.2", "RESOLUTION", ({ resolution }) => resolution, true),
  hasAttribute("Apple 9.14", "AVERAGE-BANDWIDTH", ({ averageBandwidth }) => averageBandwidth, false),
  hasAttribute("Apple 9.15", "FRAME-RATE", ({ frameRate }) => frameRate, true),
  {
    id: "Apple 9.16",
    level: "MUST",
    title: "every variant has VIDEO-RANGE, unless all are SDR",
    check: (presentation) =>
      check(presentation, () => {
        const variants = videoVariants(presentation);
        if (!variants.some(isHdr)) return notApplicable("all variants are SDR");
        return findings(variants, ({ entry }) =>
          entry.videoRange === null ? "it has no VIDEO-RANGE" : null,
        );
      }),
  },
  {
    id: "Apple 1.24",
    level: "MUST",
    title: "there are SDR variants",
    check: (presentation) =>
      check(presentation, () => {
        const variants = videoVariants(presentation);
        return variants.length === 0 || !variants.every(isHdr)
          ? []
          : [{ where: "all variants", what: "they are HDR" }];
      }),
  },
  {
    id: "Apple 1.32",
    level: "SHOULD",
    title: "the first variant is the one with an average nearest to 2000 kbit/s",
    check: (presentation) =>
      check(presentation, () => {
        const variants = videoVariants(presentation);
        const [first] = variants;
        if (first === undefined) return notApplicable("no video variants");
        const best = variants.reduce((a, b) => (startDistance(b) < startDistance(a) ? b : a));
        return startDistance(first) <= startDistance(best) * startSlack
          ? []
          : [{ where: first.name, what: `it comes first; ${best.name} is nearer` }];
      }),
  },
  {
    id: "Apple 9.9",
    level: "MUST",
    title: "there are several bit rates of video",
    check: (presentation) =>
      check(presentation, () => {
        const variants = videoVariants(presentation);
        const [only] = variants;
        if (only === undefined) return notApplicable("no video variants");
        if (new Set(variants.map(({ entry }) => entry.uri)).size > 1) return [];
        const pixels = pixelsOf(only);
        return pixels > 0 && pixels <= smallestRungPixels
          ? notApplicable("the only variant is no larger than the smallest usual one")
          : [{ where: only.name, what: "it is the only variant" }];
      }),
  },
  {
    id: "Apple 9.10",
    level: "SHOULD",
    title: "HD has at least two variants at the highest resolution",
    check: (presentation) =>
      check(presentation, () => {
        const variants = videoVariants(presentation);
        const most = Math.max(0, ...variants.map(pixelsOf));
        const top = variants.filter((variant) => pixelsOf(variant) === most);
        const { width = 0, height = 0 } = top[0]?.entry.resolution ?? {};
        if (Math.min(width, height) < hdLines) return notApplicable("no HD variants");
        return new Set(top.map(({ entry }) => entry.uri)).size >= 2
          ? []
          : [{ where: `${width}x${height}`, what: "there is one variant" }];
      }),
  },
  {
    id: "Apple 9.11",
    level: "SHOULD",
    title: "the multivariant playlist has EXT-X-INDEPENDENT-SEGMENTS",
    check: (presentation) =>
      check(presentation, ({ independentSegments }) =>
        independentSegments ? [] : [{ where: "the multivariant playlist", what: "the tag is missing" }],
      ),
  },
  {
    id: "Apple 9.12",
    level: "MUST",
    title: "EXT-X-INDEPENDENT-SEGMENTS is in the multivariant playlist or in every video playlist",
    check: (presentation) =>
      presentation.multivariant?.independentSegments === true
        ? []
        : findings(tracksOf(presentation, "video"), ({ playlist }) =>
            playlist.independentSegments ? null : "the tag is neither here nor in the multivariant playlist",
          ),
  },
  {
    id: "Apple 9.18",
    level: "SHOULD",
    title: "EXT-X-CONTENT-STEERING has a PATHWAY-ID",
    check: (presentation) =>
      check(presentation, ({ contentSteering }) => {
        if (contentSteering === null) return notApplicable("no content steering");
        return contentSteering.has("PATHWAY-ID")
          ? []
          : [{ where: "EXT-X-CONTENT-STEERING", what: "it has no PATHWAY-ID" }];
      }),
  },
  {
    id: "Apple 9.19",
    level: "MUST",
    title: "SCORE is on every variant or on none",
    check: ({ variants }) => {
      const scored = variants.filter(({ entry }) => entry.score !== null).length;
      return scored === 0 || scored === variants.length
        ? []
        : findings(variants, ({ entry }) => (entry.score === null ? "it has no SCORE; others have" : null));
    },
  },
  {
    id: "Apple 9.20",
    level: "SHOULD",
    mustFor: ["tvos"],
    title: "no variant is audio only",
    check: (presentation) =>
      check(presentation, () => {
        const video = videoVariants(presentation);
        if (video.length === 0) return notApplicable("an audio presentation");
        return findings(
          presentation.variants.filter((variant) => !video.includes(variant)),
          () => "it has no video",
        );
      }),
  },
  {
    id: "Apple 9.21",
    level: "SHOULD",
    mustFor: ["ios"],
    title: "a variant peaks at 192 kbit/s or less, for cellular networks",
    check: (presentation) =>
      check(presentation, () => {
        const rates = presentation.variants.flatMap(({ entry }) => entry.bandwidth ?? []);
        const least = Math.min(...rates);
        return least <= slowestBitsPerSecond
          ? []
          : [{ where: "all variants", what: `the lowest BANDWIDTH is ${Math.round(least / 1000)} kbit/s` }];
      }),
  },
];
