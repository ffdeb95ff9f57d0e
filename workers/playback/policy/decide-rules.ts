/** Finds the rule that decides for a viewer at a moment: the one place where rules become a decision. */
import { BoundedMap } from "../../shared/bounded-map.ts";
import { type PolicyViewer, unknownCountry } from "../viewer.ts";
import type { EffectivePolicy, EffectiveRule, LastRule, Window } from "./effective-policy.ts";
import type { Outcome } from "./outcome.ts";
import { type RefusalCode, type RuleRefusal, ruleRefusal } from "./refusals.ts";

type Ruling = { allowed: true; outcome: Outcome } | ({ allowed: false } & RuleRefusal);

/** The rules' decision for a viewer. `changesAt`: its next change, Unix milliseconds; null: never. */
export type RuleDecision = { rule: string; of: "title" | "service"; changesAt: number | null } & Ruling;

/** The result of a rule's conditions: it decides (`matches`, or `closed`: it refuses outside its windows), or the one that fails. */
export type Match = "matches" | "closed" | "country" | "unknown_country" | "network" | "tor" | "window";

/** Matches a rule with a viewer at `now`. */
export function matchRule(rule: EffectiveRule, viewer: PolicyViewer, now: number): Match {
  const who = matchViewer(rule, viewer);
  if (who !== "matches" || rule.windows.length === 0 || isOpen(rule.windows, now)) return who;
  return rule.refusesOutside ? "closed" : "window";
}

/**
 * Decides by first match. Decisions are cached with the policy until they change, so that a repetition costs one map lookup.
 * Pure, except for its cache.
 */
export function decideRules(policy: EffectivePolicy, viewer: PolicyViewer, now: number): RuleDecision {
  const asn = viewer.asn !== null && policy.asns.has(viewer.asn) ? viewer.asn : "";
  const key = `${viewer.country} ${asn} ${viewer.isTor ? "tor" : ""}`;
  let cached = cachedDecisions.get(policy);
  if (cached === undefined) {
    cached = new BoundedMap(maxCached);
    cachedDecisions.set(policy, cached);
  }
  const known = cached.get(key);
  if (known !== undefined && known.from <= now && now < known.until) return known.decision;
  const decision = decideAfresh(policy, viewer, now);
  cached.set(key, { from: now, until: decision.changesAt ?? Number.POSITIVE_INFINITY, decision });
  return decision;
}

/** Decisions cached of one policy: 250 countries, and some more for the networks that it names. */
const maxCached = 1000;

const cachedDecisions = new WeakMap<
  EffectivePolicy,
  BoundedMap<string, { from: number; until: number; decision: RuleDecision }>
>();

function decideAfresh(policy: EffectivePolicy, viewer: PolicyViewer, now: number): RuleDecision {
  const rules = policy.rules.filter((rule) => matchViewer(rule, viewer) === "matches");
  const last = viewer.country === unknownCountry ? policy.unknownCountry : policy.everyoneElse;
  const at = (moment: number) => rules.find((rule) => matchRule(rule, viewer, moment) !== "window") ?? last;
  const decider = at(now);
  const state = stateAt(decider, now);
  const edges = new Set(
    rules.flatMap((rule) => rule.windows.flatMap(({ opens, closes }) => [opens, closes])),
  );
  const changesAt =
    [...edges]
      .filter((edge) => edge > now && Number.isFinite(edge))
      .toSorted((a, b) => a - b)
      .find((edge) => at(edge) !== decider || stateAt(decider, edge) !== state) ?? null;
  return { rule: decider.name, of: decider.of, changesAt, ...decisionOf(decider, policy, viewer, now) };
}

/** The state of a rule in time: its answer is the same as long as this is the same. */
function stateAt(rule: EffectiveRule | LastRule, now: number): string {
  if (!("windows" in rule) || rule.windows.length === 0 || isOpen(rule.windows, now)) return "open";
  return `opens ${nextOpening(rule.windows, now)}`;
}

function decisionOf(
  rule: EffectiveRule | LastRule,
  policy: EffectivePolicy,
  viewer: PolicyViewer,
  now: number,
): Ruling {
  if (rule.outcome !== null) {
    if (stateAt(rule, now) === "open") return { allowed: true, outcome: rule.outcome };
    const opensAt = nextOpening("windows" in rule ? rule.windows : [], now);
    return refusedWith(opensAt === null ? "no_longer_available_here" : "not_yet_available", opensAt);
  }
  if ("windows" in rule) {
    if (rule.asns !== null || rule.tor !== null) return refusedWith("network_not_allowed");
    return refusedWith(rule.countries === null ? "withheld" : "not_available_in_country");
  }
  if (viewer.country === unknownCountry) return refusedWith("country_unknown");
  // On another network this viewer might watch: "withheld" would turn them away for good.
  const isForOtherNetworks = policy.rules.some(
    (other) => other.outcome !== null && matchViewer(other, viewer) === "network",
  );
  if (isForOtherNetworks) return refusedWith("network_not_allowed");
  return refusedWith(policy.isTerritorial ? "not_available_in_country" : "withheld");
}

function refusedWith(code: RefusalCode, opensAt: number | null = null): Ruling {
  return { allowed: false, ...ruleRefusal(code, opensAt) };
}

function matchViewer(rule: EffectiveRule, viewer: PolicyViewer): Match {
  if (rule.countries !== null && !rule.countries.has(viewer.country)) {
    return viewer.country === unknownCountry ? "unknown_country" : "country";
  }
  if (rule.asns !== null && (viewer.asn === null || !rule.asns.has(viewer.asn))) return "network";
  return rule.tor !== null && rule.tor !== viewer.isTor ? "tor" : "matches";
}

function isOpen(windows: readonly Window[], now: number): boolean {
  return windows.some(({ opens, closes }) => opens <= now && now < closes);
}

function nextOpening(windows: readonly Window[], now: number): number | null {
  return windows.find(({ opens }) => opens > now)?.opens ?? null;
}
