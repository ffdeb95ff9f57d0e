/** Explains a decision about a viewer and a film, with the same code that decides. */
import { type PolicyViewer, unknownCountry } from "../viewer.ts";
import type { LanguagePreferences } from "./choose-languages.ts";
import { decideRules, type Match, matchRule } from "./decide-rules.ts";
import { type DecidableTitle, decideTitle, type PolicyDecision, type TokenLimit } from "./decide-title.ts";
import { keptRenditions, type Verdict } from "./kept-renditions.ts";
import { trackLanguage } from "./language-range.ts";
import { limitOutcome } from "./outcome.ts";
import { tracksOfClass } from "./policy-class.ts";
import type { RefusalCode } from "./refusals.ts";

/** A rule that was tried, in order, and the result. */
export interface TriedRule {
  name: string;
  of: "title" | "service";
  /** True for the rule that decided. */
  decides: boolean;
  /** The reason it decided, or the next one was tried; a sentence. */
  why: string;
}

/** A rendition of a film that is refused as a whole. */
export interface RefusedWhole {
  key: string;
  rule: string;
  reason: string;
  kept: false;
  code: RefusalCode;
}

/** An explanation. Rules after the deciding one were not tried, and are not listed. */
export interface Explanation {
  decision: PolicyDecision;
  rules: TriedRule[];
  /** Every rendition that may be requested. */
  renditions: (Verdict | RefusedWhole)[];
  /** Languages (lower-case BCP 47) that play, or are shown, by default; null: none. */
  defaultAudio: string | null;
  defaultText: string | null;
}

/** Explains what `decideTitle` decides for the same arguments. */
export function explainTitle(
  title: DecidableTitle,
  viewer: PolicyViewer,
  now: number,
  options: { limit?: TokenLimit; preferences?: LanguagePreferences } = {},
): Explanation {
  const decision = decideTitle(title, viewer, now, options);
  const ruled = decideRules(title.policy, viewer, now);
  const rules = triedRules(title, viewer, now);
  if (!ruled.allowed) {
    const { rule, code, reason } = ruled;
    // The rules refuse the film as a whole, so each rendition is refused with the same code.
    const renditions = title.facts.map(({ key }): RefusedWhole => ({ key, rule, reason, kept: false, code }));
    return { decision, rules, renditions, defaultAudio: null, defaultText: null };
  }
  const outcome = limitOutcome(ruled.outcome, options.limit ?? { maxHeight: null });
  const renditions = keptRenditions(outcome, title.facts);
  if (!decision.allowed) return { decision, rules, renditions, defaultAudio: null, defaultText: null };
  const shown = tracksOfClass(title.tracks, decision.policyClass);
  const language = (tracks: readonly { isDefault: boolean; language: string | null }[] = []) => {
    const track = tracks.find(({ isDefault }) => isDefault);
    return track === undefined ? null : trackLanguage(track.language);
  };
  return {
    decision,
    rules,
    renditions,
    defaultAudio: language(shown?.audios),
    defaultText: language(shown?.texts),
  };
}

function triedRules({ policy }: DecidableTitle, viewer: PolicyViewer, now: number): TriedRule[] {
  const tried: TriedRule[] = [];
  for (const rule of policy.rules) {
    const match = matchRule(rule, viewer, now);
    const decides = match === "matches" || match === "closed";
    tried.push({ name: rule.name, of: rule.of, decides, why: words[match] });
    if (decides) return tried;
  }
  const isUnknown = viewer.country === unknownCountry;
  const { name, of } = isUnknown ? policy.unknownCountry : policy.everyoneElse;
  const why = isUnknown
    ? "No rule matched, and the viewer's country is not known."
    : "No rule matched, so this one decides.";
  return [...tried, { name, of, decides: true, why }];
}

const words: Record<Match, string> = {
  matches: "It matches.",
  closed: "It matches, and none of its windows is open.",
  country: "It applies to other countries.",
  unknown_country: "It depends on the country, and the viewer's is not known.",
  network: "It applies to other networks.",
  tor: "It depends on whether the viewer is on Tor.",
  window: "It matches, but none of its windows is open, so the next rule is tried.",
};
