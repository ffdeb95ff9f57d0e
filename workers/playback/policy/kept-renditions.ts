/** Divides a film's renditions into those that an outcome keeps and those that it drops, each with its rule. */
import { rangeMatches, trackLanguage } from "./language-range.ts";
import type { Outcome } from "./outcome.ts";

/** The facts of a rendition that decisions depend on. Sizes in pixels, rates in bits per second; null: not known. */
export interface RenditionFacts {
  key: string;
  kind: "video" | "audio" | "text" | "image" | "storyboard";
  width: number | null;
  height: number | null;
  bandwidth: number | null;
  language: string | null;
}

/** Stable codes of a rendition that is refused to a viewer who may have others. */
export type DropCode = "rung_not_allowed" | "track_not_allowed";

/** The verdict on one rendition for a viewer. `rule` names the deciding rule; `reason` is a sentence. */
export type Verdict = { key: string; rule: string; reason: string } & (
  | { kept: true; code: null }
  | { kept: false; code: DropCode }
);

/**
 * Decides on every rendition, in the order given. Pictures beside the film (posters, thumbnails) are always kept. A rendition of
 * unknown size, rate or language is dropped wherever that is limited.
 */
export function keptRenditions(outcome: Outcome, renditions: readonly RenditionFacts[]): Verdict[] {
  return renditions.map((rendition) => {
    const dropped = reasonToDrop(outcome, rendition);
    const { key } = rendition;
    if (dropped === null) return { key, kept: true, code: null, rule: outcome.rule, reason: "Allowed." };
    return { key, kept: false, ...dropped };
  });
}

/** The picture's short side in pixels, after which a rung is named: 720 for 1280×720 and for 720×1280. */
export function shortSide({ width, height }: { width: number; height: number }): number {
  return Math.min(width, height);
}

function reasonToDrop(
  outcome: Outcome,
  { kind, width, height, bandwidth, language }: RenditionFacts,
): { rule: string; reason: string; code: DropCode } | null {
  const { rule } = outcome;
  if (kind === "video") {
    const code = "rung_not_allowed";
    const side = width === null || height === null ? Number.POSITIVE_INFINITY : shortSide({ width, height });
    if (side > (outcome.maxHeight ?? Number.POSITIVE_INFINITY)) {
      return { rule, code, reason: `The picture may have at most ${outcome.maxHeight}p.` };
    }
    if ((bandwidth ?? Number.POSITIVE_INFINITY) > (outcome.maxBitrate ?? Number.POSITIVE_INFINITY)) {
      return { rule, code, reason: `The picture may have at most ${outcome.maxBitrate} bits per second.` };
    }
    if (side > (outcome.tokenMaxHeight ?? Number.POSITIVE_INFINITY)) {
      const reason = `The playback URL covers at most ${outcome.tokenMaxHeight}p.`;
      return { rule: "playback token", code, reason };
    }
  }
  const allowed = kind === "audio" ? outcome.audioLanguages : kind === "text" ? outcome.textLanguages : null;
  const tag = trackLanguage(language);
  if (allowed === null || allowed.some((range) => rangeMatches(range, tag))) return null;
  const of = kind === "audio" ? "Sound" : "Subtitles";
  const only = allowed.length === 0 ? "not allowed" : `allowed only in ${allowed.join(", ")}`;
  const be = kind === "audio" ? "is" : "are";
  return { rule, code: "track_not_allowed", reason: `${of} ${be} ${only}.` };
}
