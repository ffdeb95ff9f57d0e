/** Why a viewer gets what they get of a film: the same code that decides, asked for its reasons. */
import { type PolicyViewer, unknownCountry } from "../viewer.ts";
import type { LanguagePreferences } from "./choose-languages.ts";
import { decideRules, type Match, matchRule } from "./decide-rules.ts";
import { type DecidableTitle, decideTitle, type PolicyDecision, type TokenLimit } from "./decide-title.ts";
import { keptRenditions, type Verdict } from "./kept-renditions.ts";
import { trackLanguage } from "./language-range.ts";
import { limitOutcome } from "./outcome.ts";
import { tracksOfClass } from "./policy-class.ts";
import type { RefusalCode } from "./refusals.ts";

/** A rule that was tried, in order, and what came of it. */
export interface TriedRule {
  name: string;
  of: "title" | "service";
  /** It decided. */
  decides: boolean;
  /** Why it did, or why the next one was tried; a sentence. */
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

/** See the file's comment. Rules after the one that decides were not tried, and are not here. */
export interface Explanation {
  decision: PolicyDecision;
  rules: TriedRule[];
  /** Every rendition that may be asked for. */
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
    // A refusal by the rules is one of everything; each rendition is refused with the same code.
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
  country: "It is for other countries.",
  unknown_country: "It asks for a country, and the viewer's is not known.",
  network: "It is for other networks.",
  tor: "It asks whether the viewer is on Tor.",
  window: "It matches, but none of its windows is open, so the next rule is tried.",
};
