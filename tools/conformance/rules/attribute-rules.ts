/** Rules that the attributes of variants tell the truth about their segments. */

import type { Presentation, Track, Variant } from "../model/presentation.ts";
import { framesPerSecond } from "../model/timeline.ts";
import { type Finding, findings, type NotApplicable, notApplicable, type Rule } from "./rule.ts";
import { audioOf, isCmaf } from "./tracks-of.ts";

/** FRAME-RATE has three decimals; 23.976 and 24 are told apart. Frames per second. */
const rateSlack = 0.01;

/** Leaves out the zeros at the end. */
function withoutZeros(fields: string[]): string[] {
  return fields.slice(0, fields.findLastIndex((field) => field !== "0") + 1);
}

/** Spellings that differ between sample entries and playlists without another meaning. */
function sameCodec(declared: string, real: string): boolean {
  const [a, b] = [declared.toLowerCase(), real.toLowerCase()].map((codec) => withoutZeros(codec.split(".")));
  if (a === undefined || b === undefined) return false;
  // Optional fields of AV1's string (chroma, colour) may follow.
  const compared = a[0] === "av01" ? 4 : Math.max(a.length, b.length);
  return a.slice(0, compared).join(".") === b.slice(0, compared).join(".");
}

/** The codecs of all tracks in the variant's own segments, and of its audio; none where an init segment can't be read. */
function realCodecs(presentation: Presentation, variant: Variant): string[] {
  const audio = audioOf(presentation, variant);
  if (audio.some(({ main }) => main === null)) return [];
  const own = variant.track?.inits[0]?.tracks ?? [];
  const codecs = [...own, ...audio.flatMap(({ main }) => main ?? [])]
    .filter(({ handler }) => handler === "vide" || handler === "soun")
    .map(({ entry }) => entry.codec);
  return [...new Set(codecs)];
}

function compareCodecs(declared: string[], real: string[]): string | null {
  const wrong = real.filter((codec) => !declared.some((it) => sameCodec(it, codec)));
  const surplus = declared.filter(
    (codec) => !/^(wvtt|stpp)/.test(codec) && !real.some((it) => sameCodec(codec, it)),
  );
  if (wrong.length === 0 && surplus.length === 0) return null;
  return `CODECS is "${declared.join(",")}"; the segments hold ${real.join(",")}`;
}

function compareRate(entry: Variant["entry"], track: Track | null): string | null {
  const real =
    track !== null && isCmaf(track) && track.main.handler === "vide" ? framesPerSecond(track) : null;
  if (entry.frameRate === null || real === null || Math.abs(real - entry.frameRate) <= rateSlack) return null;
  return `FRAME-RATE is ${entry.frameRate}; ${real.toFixed(3)} frames a second are there`;
}

function compareSize({ entry, track }: Variant): string | null {
  const main = track?.main;
  if (entry.resolution === null || main?.handler !== "vide") return null;
  const { width, height } = entry.resolution;
  const sizes = [
    [main.entry.width, main.entry.height],
    [Math.round(main.width), Math.round(main.height)],
  ];
  if (sizes.some(([w, h]) => w === width && h === height)) return null;
  return `RESOLUTION is ${width}x${height}; the pictures are ${main.entry.width}x${main.entry.height}`;
}

/** Checks variants against their segments, I-frame variants included. */
function checkReal(
  presentation: Presentation,
  check: (variant: Variant) => string | null,
): Finding[] | NotApplicable {
  const variants = [
    ...presentation.variants,
    ...presentation.iframeVariants.map((it) => ({ ...it, entry: { ...it.entry, frameRate: null } })),
  ].filter(({ track }) => track !== null && isCmaf(track));
  return variants.length === 0 ? notApplicable("no variant in CMAF") : findings(variants, check);
}

/** CODECS, RESOLUTION and FRAME-RATE (RFC 8216 §4.3.4.2) against init segments and samples. */
export const attributeRules: Rule[] = [
  {
    id: "RFC 8216 §4.3.4.2 CODECS",
    level: "MUST",
    title: "CODECS says exactly what the segments of a variant and its audio hold",
    check: (presentation) =>
      checkReal(presentation, (variant) => {
        const real = realCodecs(presentation, variant);
        const declared = variant.entry.codecs;
        return declared === null || real.length === 0 ? null : compareCodecs(declared, real);
      }),
  },
  {
    id: "RFC 8216 §4.3.4.2 RESOLUTION",
    level: "MUST",
    title: "RESOLUTION is the size of the pictures",
    check: (presentation) => checkReal(presentation, compareSize),
  },
  {
    id: "RFC 8216 §4.3.4.2 FRAME-RATE",
    level: "MUST",
    title: "FRAME-RATE is the rate of the pictures",
    check: (presentation) => checkReal(presentation, ({ entry, track }) => compareRate(entry, track)),
  },
];
