/** What one viewer gets of one film now: the rules' decision, applied to the renditions that the film has. */
import type { PublishedTracks } from "../hls/published-renditions.ts";
import type { PolicyViewer } from "../viewer.ts";
import { chooseLanguages, noWishes, type Wishes } from "./choose-languages.ts";
import { decideRules } from "./decide-rules.ts";
import type { EffectivePolicy } from "./effective-policy.ts";
import { type DropCode, keptRenditions, type RenditionFacts } from "./kept-renditions.ts";
import { limitOutcome, type Outcome } from "./outcome.ts";
import { keptTracks, policyClassOf } from "./policy-class.ts";
import { type RefusalCode, refusalReason } from "./refusals.ts";

/** A film and its rules, as far as decisions go. */
export interface DecidableTitle {
  policy: EffectivePolicy;
  /** What playlists list now. */
  tracks: PublishedTracks;
  /** Every rendition that may be asked for, also those that are listed no more. */
  facts: readonly RenditionFacts[];
}

/**
 * The decision. `changesAt`: the next moment (Unix milliseconds) at which anything changes for this viewer; null: none.
 * A `policyClass` of a refusal is never asked of the origin. `code` is stable, `reason` a sentence for the viewer.
 */
export type PolicyDecision =
  | {
      allowed: true;
      outcome: Outcome;
      policyClass: string;
      rule: string;
      changesAt: number | null;
      /** The renditions that this viewer may not have, and the code that says so. */
      dropped: ReadonlyMap<string, DropCode>;
    }
  | {
      allowed: false;
      policyClass: string;
      code: RefusalCode;
      reason: string;
      rule: string;
      changesAt: number | null;
      /** When it may be watched, Unix milliseconds; null: not known. */
      opensAt: number | null;
    };

/** What a playback token takes away from the outcome; null: nothing. */
export interface TokenLimit {
  /** Highest short side of the picture, pixels. */
  maxHeight: number | null;
}

/** Most settled outcomes held of one film: tokens may bind to any height. */
const maxSettled = 200;

interface Settled {
  outcome: Outcome;
  kept: PublishedTracks;
  dropped: ReadonlyMap<string, DropCode>;
  refusal: "no_rung_allowed" | "no_audio_allowed" | null;
  /** By wish, as text. */
  classes: Map<string, string>;
}

const settledOutcomes = new WeakMap<DecidableTitle, Map<string, { of: Outcome; settled: Settled }>>();

/**
 * Decides for a viewer at `now` (Unix milliseconds). A film of which the rules keep no picture, or no sound though it has
 * some, is refused. What was worked out is held with the title. Pure but for that.
 */
export function decideTitle(
  title: DecidableTitle,
  viewer: PolicyViewer,
  now: number,
  options: { limit?: TokenLimit; wishes?: Wishes } = {},
): PolicyDecision {
  const ruled = decideRules(title.policy, viewer, now);
  const { rule, changesAt } = ruled;
  if (!ruled.allowed) {
    const { code, reason, opensAt } = ruled;
    return { allowed: false, policyClass: refusedClass(code), code, reason, rule, changesAt, opensAt };
  }
  const settled = settle(title, ruled.outcome, options.limit ?? { maxHeight: null });
  if (settled.refusal !== null) {
    const code = settled.refusal;
    const reason = refusalReason(code, null);
    return { allowed: false, policyClass: refusedClass(code), code, reason, rule, changesAt, opensAt: null };
  }
  const policyClass = classFor(title, settled, options.wishes ?? noWishes);
  const { outcome, dropped } = settled;
  return { allowed: true, outcome, policyClass, rule, changesAt, dropped };
}

function refusedClass(code: RefusalCode): string {
  return `refused.${code}`;
}

function settle(title: DecidableTitle, of: Outcome, limit: TokenLimit): Settled {
  let held = settledOutcomes.get(title);
  if (held === undefined) {
    held = new Map();
    settledOutcomes.set(title, held);
  }
  const key = `${limit.maxHeight} ${of.rule}`;
  const known = held.get(key);
  if (known !== undefined && known.of === of) return known.settled;
  if (held.size >= maxSettled) held.clear();
  const outcome = limitOutcome(of, limit);
  const kept = keptTracks(title.tracks, outcome);
  const verdicts = keptRenditions(outcome, title.facts);
  const dropped = new Map(verdicts.flatMap((verdict) => (verdict.kept ? [] : [[verdict.key, verdict.code]])));
  const isSilenced = kept.audios.length === 0 && title.tracks.audios.length > 0;
  const isDark = kept.videos.length === 0 && title.tracks.videos.length > 0;
  const refusal = isDark ? "no_rung_allowed" : isSilenced ? "no_audio_allowed" : null;
  const settled = { outcome, kept, dropped, refusal, classes: new Map<string, string>() } as const;
  held.set(key, { of, settled });
  return settled;
}

function classFor(title: DecidableTitle, settled: Settled, wishes: Wishes): string {
  const defaults = chooseLanguages(settled.kept, settled.outcome, wishes);
  // One entry per pair of languages that the film has, so there are few.
  const key = `${defaults.audio} ${defaults.text}`;
  const known = settled.classes.get(key);
  if (known !== undefined) return known;
  const policyClass = policyClassOf(title.tracks, settled.outcome, defaults);
  settled.classes.set(key, policyClass);
  return policyClass;
}
