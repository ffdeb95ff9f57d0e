/** Decides on one viewer's access to one film now: the rules' decision, applied to the film's renditions. */
import { BoundedMap } from "../../shared/bounded-map.ts";
import type { PublishedTracks } from "../hls/published-renditions.ts";
import type { PolicyViewer } from "../viewer.ts";
import { chooseLanguages, type LanguagePreferences, noLanguagePreferences } from "./choose-languages.ts";
import { decideRules } from "./decide-rules.ts";
import type { EffectivePolicy } from "./effective-policy.ts";
import { type DropCode, keptRenditions, type RenditionFacts } from "./kept-renditions.ts";
import { limitOutcome, type Outcome } from "./outcome.ts";
import { keptTracks, policyClassOf } from "./policy-class.ts";
import { type RefusalCode, type RuleRefusal, ruleRefusal } from "./refusals.ts";

/** The facts of a film that decisions depend on. */
export interface DecidableTitle {
  policy: EffectivePolicy;
  /** The tracks that playlists list now. */
  tracks: PublishedTracks;
  /** Every rendition that may be requested, also those that are no longer listed. */
  facts: readonly RenditionFacts[];
}

/**
 * The decision. `changesAt`: the next moment (Unix milliseconds) at which anything changes for this viewer; null: none. The
 * origin is never asked for a refusal's `policyClass`. `code` is stable, `reason` a sentence for the viewer.
 */
export type PolicyDecision =
  | {
      allowed: true;
      outcome: Outcome;
      policyClass: string;
      rule: string;
      changesAt: number | null;
      /** The renditions that this viewer may not have, with the code of their refusal. */
      dropped: ReadonlyMap<string, DropCode>;
    }
  | ({ allowed: false; policyClass: string; rule: string; changesAt: number | null } & RuleRefusal);

/** A playback token's limits on the outcome; null: none. */
export interface TokenLimit {
  /** Highest short side of the picture, pixels. */
  maxHeight: number | null;
}

/** Applied outcomes cached of one film: tokens may bind to any height. */
const maxApplied = 200;

interface AppliedOutcome {
  outcome: Outcome;
  kept: PublishedTracks;
  dropped: ReadonlyMap<string, DropCode>;
  refusal: "no_rung_allowed" | "no_audio_allowed" | null;
  /** Policy classes by default languages. */
  classes: Map<string, string>;
}

const appliedOutcomes = new WeakMap<
  DecidableTitle,
  BoundedMap<string, { of: Outcome; applied: AppliedOutcome }>
>();

/**
 * Decides for a viewer at `now` (Unix milliseconds). A film of which the rules keep no picture, or no sound although it has
 * some, is refused. Results are cached with the title. Pure, except for its cache.
 */
export function decideTitle(
  title: DecidableTitle,
  viewer: PolicyViewer,
  now: number,
  options: { limit?: TokenLimit; preferences?: LanguagePreferences } = {},
): PolicyDecision {
  const ruled = decideRules(title.policy, viewer, now);
  const { rule, changesAt } = ruled;
  if (!ruled.allowed) {
    const { of: _, ...refusal } = ruled;
    return { ...refusal, policyClass: refusedClass(refusal.code) };
  }
  const applied = applyOutcome(title, ruled.outcome, options.limit ?? { maxHeight: null });
  if (applied.refusal !== null) {
    const refusal = ruleRefusal(applied.refusal);
    return { allowed: false, ...refusal, policyClass: refusedClass(refusal.code), rule, changesAt };
  }
  const policyClass = classFor(title, applied, options.preferences ?? noLanguagePreferences);
  const { outcome, dropped } = applied;
  return { allowed: true, outcome, policyClass, rule, changesAt, dropped };
}

function refusedClass(code: RefusalCode): string {
  return `refused.${code}`;
}

function applyOutcome(title: DecidableTitle, of: Outcome, limit: TokenLimit): AppliedOutcome {
  let cached = appliedOutcomes.get(title);
  if (cached === undefined) {
    cached = new BoundedMap(maxApplied);
    appliedOutcomes.set(title, cached);
  }
  const key = `${limit.maxHeight} ${of.rule}`;
  const known = cached.get(key);
  if (known !== undefined && known.of === of) return known.applied;
  const outcome = limitOutcome(of, limit);
  const kept = keptTracks(title.tracks, outcome);
  const verdicts = keptRenditions(outcome, title.facts);
  const dropped = new Map(verdicts.flatMap((verdict) => (verdict.kept ? [] : [[verdict.key, verdict.code]])));
  const hasNoAudio = kept.audios.length === 0 && title.tracks.audios.length > 0;
  const hasNoVideo = kept.videos.length === 0 && title.tracks.videos.length > 0;
  const refusal = hasNoVideo ? "no_rung_allowed" : hasNoAudio ? "no_audio_allowed" : null;
  const applied = { outcome, kept, dropped, refusal, classes: new Map<string, string>() } as const;
  cached.set(key, { of, applied });
  return applied;
}

function classFor(title: DecidableTitle, applied: AppliedOutcome, preferences: LanguagePreferences): string {
  const defaults = chooseLanguages(applied.kept, applied.outcome, preferences);
  // One entry per pair of languages that the film has, so there are few.
  const key = `${defaults.audio} ${defaults.text}`;
  const known = applied.classes.get(key);
  if (known !== undefined) return known;
  const policyClass = policyClassOf(title.tracks, applied.outcome, defaults);
  applied.classes.set(key, policyClass);
  return policyClass;
}
