/** Rules about bit rates: measured from the segments' bytes (RFC 8216 §4.1), against what variants declare. */
import { averageBitRate, peakBitRate, type Timed } from "../../../workers/pipeline/publish/bit-rate.ts";
import type { Presentation, Track, Variant } from "../model/presentation.ts";
import { findings, type NotApplicable, notApplicable, type Rule } from "./rule.ts";
import { audioOf } from "./tracks-of.ts";

/** Rules 1.26 and 1.27. */
const tolerance = 0.1;
/** Rule 1.30. */
const peakFactor = 2;

const kbps = (bitsPerSecond: number): string => `${Math.round(bitsPerSecond / 1000)} kbit/s`;

/** Bit rates of a track, bits per second; null when a segment's size is not known. */
function measure(track: Track): { peak: number; average: number } | null {
  const pieces: Timed[] = [];
  for (const { bytes, entry } of track.segments) {
    if (bytes === null) return null;
    pieces.push({ bytes, seconds: entry.seconds });
  }
  const target = track.playlist.targetDuration;
  if (pieces.length === 0 || target === null) return null;
  return { peak: peakBitRate(pieces, target), average: averageBitRate(pieces) };
}

/** The variant with the heaviest of its audio (rule 9.13). */
function measureVariant(
  presentation: Presentation,
  variant: Variant,
): { peak: number; average: number } | null {
  const own = variant.track === null ? null : measure(variant.track);
  const audio = audioOf(presentation, variant).map(measure);
  if (own === null || audio.includes(null)) return null;
  return {
    peak: own.peak + Math.max(0, ...audio.map((it) => it?.peak ?? 0)),
    average: own.average + Math.max(0, ...audio.map((it) => it?.average ?? 0)),
  };
}

function compare(name: string, declared: number | null, measured: number | undefined): string | null {
  if (declared === null || measured === undefined || Math.abs(measured - declared) <= tolerance * declared)
    return null;
  const percent = Math.round((measured / declared - 1) * 100);
  return `${name} is ${kbps(declared)}, measured ${kbps(measured)} (${percent > 0 ? "+" : ""}${percent} %)`;
}

/** Checks variants whose every byte is known. */
function checkMeasured(
  presentation: Presentation,
  check: (variant: Variant, measured: { peak: number; average: number }) => string | null,
): ReturnType<Rule["check"]> {
  const measured = presentation.variants.map((variant) => ({
    ...variant,
    rates: measureVariant(presentation, variant),
  }));
  const known = measured.filter(({ rates }) => rates !== null);
  if (known.length === 0) return unknownSizes(presentation);
  return findings(known, ({ rates, ...variant }) => (rates === null ? null : check(variant, rates)));
}

function unknownSizes({ multivariant }: Presentation): NotApplicable {
  return notApplicable(
    multivariant === null ? "no multivariant playlist" : "the segments' sizes are not known",
  );
}

/** Rules 1.26 to 1.30 of Apple's specification, and 6.9 for I-frame playlists. */
export const rateRules: Rule[] = [
  {
    id: "Apple 1.26",
    level: "MUST",
    title: "the measured average is within 10 % of AVERAGE-BANDWIDTH",
    check: (presentation) =>
      checkMeasured(presentation, ({ entry }, { average }) =>
        compare("AVERAGE-BANDWIDTH", entry.averageBandwidth, average),
      ),
  },
  {
    id: "Apple 1.27, 9.13",
    level: "MUST",
    title: "the measured peak, with the heaviest audio, is within 10 % of BANDWIDTH",
    check: (presentation) =>
      checkMeasured(presentation, ({ entry }, { peak }) => compare("BANDWIDTH", entry.bandwidth, peak)),
  },
  {
    id: "Apple 1.30",
    level: "SHOULD",
    title: "the peak is at most twice the average",
    check: (presentation) =>
      checkMeasured(presentation, (_, { peak, average }) =>
        peak <= peakFactor * average ? null : `peak ${kbps(peak)}, average ${kbps(average)}`,
      ),
  },
  {
    id: "Apple 6.9",
    level: "MUST",
    title: "BANDWIDTH of I-frame playlists is their measured peak, within 10 %",
    check: ({ iframeVariants }) => {
      const measured = iframeVariants.map(({ entry, name, track }) => ({
        name,
        entry,
        rates: track === null ? null : measure(track),
      }));
      if (measured.every(({ rates }) => rates === null))
        return notApplicable("no I-frame playlist with known sizes");
      return findings(measured, ({ entry, rates }) => compare("BANDWIDTH", entry.bandwidth, rates?.peak));
    },
  },
];
