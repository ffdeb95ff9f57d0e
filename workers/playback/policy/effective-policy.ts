/**
 * The rules that hold for one title, in a form for quick decisions: groups are country lists, times are numbers, and the
 * service's defaults fill what the title leaves open.
 */
import { CountrySet } from "./country-set.ts";
import type { Outcome } from "./outcome.ts";
import type { Grants, Policy, PolicyRule, ServicePolicy } from "./policy-document.ts";
import { builtInGroups, everyCountry } from "./territory-groups.ts";

/** A span in which something may be watched: `opens` ≤ now < `closes`, Unix milliseconds; infinite where open-ended. */
export interface Window {
  opens: number;
  closes: number;
}

/** One rule. A condition of null holds for everybody. */
export interface EffectiveRule {
  name: string;
  /** The owner of the rule. */
  of: "title" | "service";
  countries: CountrySet | null;
  asns: ReadonlySet<number> | null;
  tor: boolean | null;
  /** In order of time, apart from each other; none: always. */
  windows: readonly Window[];
  /** Outside its windows the rule refuses; otherwise the next rule is tried. */
  refusesOutside: boolean;
  /** The outcome for a viewer; null: a refusal. */
  outcome: Outcome | null;
}

/** The rule that decides when no other matches. */
export interface LastRule {
  name: string;
  of: "title" | "service";
  outcome: Outcome | null;
}

/** A title's rules joined with the service's. */
export interface EffectivePolicy {
  rules: readonly EffectiveRule[];
  /** For viewers whose country is known. */
  everyoneElse: LastRule;
  /** For viewers whose country is not known. */
  unknownCountry: LastRule;
  /** True when any rule depends on the country. */
  isTerritorial: boolean;
  /** Networks that any rule names. */
  asns: ReadonlySet<number>;
}

/** Name of the rule for unknown countries when none was written. */
const unknownName = "unknown country";

/** The service's policy while no operator has written one. */
export const noServicePolicy: ServicePolicy = { rules: [] };

/**
 * Joins a title's policy with the service's: the title's rules, then its default; a title without a default goes on with the
 * service's rules and default. A viewer whose country is unknown is refused, unless `unknown_country` decides otherwise or
 * no rule depends on the country. Both documents must have passed `findContradictions`. Pure.
 */
export function effectivePolicy(title: Policy, service: ServicePolicy): EffectivePolicy {
  const groups = { ...builtInGroups, ...service.groups };
  const own = title.rules.map((rule) => effectiveRule(rule, { ...groups, ...title.groups }, "title"));
  const inherited = service.rules.map((rule) => effectiveRule(rule, groups, "service"));
  const rules = title.default === undefined ? [...own, ...inherited] : own;
  const isTerritorial = rules.some(({ countries }) => countries !== null);
  const everyoneElse: LastRule = lastRule(title.default, "everyone else", "title") ??
    lastRule(service.default, "everyone else", "service") ?? {
      name: "everywhere",
      of: "service",
      outcome: outcomeOf("everywhere", {}),
    };
  const unknownCountry: LastRule =
    lastRule(title.unknown_country, unknownName, "title") ??
    lastRule(service.unknown_country, unknownName, "service") ??
    (isTerritorial ? { name: unknownName, of: "service", outcome: null } : everyoneElse);
  return {
    rules,
    everyoneElse,
    unknownCountry,
    isTerritorial,
    asns: new Set(rules.flatMap((rule) => [...(rule.asns ?? [])])),
  };
}

/** A policy that refuses everybody, for a stored document that can no longer be read. */
export const closedPolicy: EffectivePolicy = (() => {
  const nobody: LastRule = { name: "unreadable policy", of: "service", outcome: null };
  return { rules: [], everyoneElse: nobody, unknownCountry: nobody, isTerritorial: false, asns: new Set() };
})();

/** Checks whether a policy names only existing groups: the service may have removed some since it was written. */
export function knowsItsGroups(policy: Policy, service: ServicePolicy): boolean {
  const groups = { ...builtInGroups, ...service.groups, ...policy.groups };
  const names = policy.rules.flatMap((rule) => [...(rule.territories ?? []), ...(rule.except ?? [])]);
  return names.every((name) => /^[A-Z]{2}$/.test(name) || Object.hasOwn(groups, name));
}

/** The countries of a rule: its territories without its exceptions; null: it names none. */
export function countriesOf(
  rule: Pick<PolicyRule, "territories" | "except">,
  groups: Readonly<Record<string, readonly string[]>>,
): ReadonlySet<string> | null {
  if (rule.territories === undefined && rule.except === undefined) return null;
  const expand = (names: readonly string[]) => names.flatMap((name) => groups[name] ?? [name]);
  const excluded = new Set(expand(rule.except ?? []));
  return new Set(expand(rule.territories ?? everyCountry).filter((code) => !excluded.has(code)));
}

function effectiveRule(
  rule: PolicyRule,
  groups: Readonly<Record<string, readonly string[]>>,
  of: "title" | "service",
): EffectiveRule {
  const windows = (rule.windows ?? []).map(({ opens, closes }) => ({
    opens: opens === undefined ? Number.NEGATIVE_INFINITY : Date.parse(opens),
    closes: closes === undefined ? Number.POSITIVE_INFINITY : Date.parse(closes),
  }));
  const countries = countriesOf(rule, groups);
  return {
    name: rule.name,
    of,
    countries: countries === null ? null : new CountrySet(countries),
    asns: rule.asns === undefined ? null : new Set(rule.asns),
    tor: rule.tor ?? null,
    windows: windows.toSorted((a, b) => a.opens - b.opens),
    // Outside its windows a ban is over; a right to watch is over too, unless the next rule is to decide.
    refusesOutside: rule.deny !== true && rule.outside_windows !== "next_rule",
    outcome: outcomeOf(rule.name, rule),
  };
}

function lastRule(
  rule: (Grants & { name?: string | undefined }) | undefined,
  unnamed: string,
  of: "title" | "service",
): LastRule | null {
  if (rule === undefined) return null;
  const name = rule.name ?? unnamed;
  return { name, of, outcome: outcomeOf(name, rule) };
}

function outcomeOf(rule: string, grants: Grants): Outcome | null {
  if (grants.deny === true) return null;
  const lower = (tags: readonly string[] | undefined) => tags?.map((tag) => tag.toLowerCase()) ?? null;
  return {
    rule,
    maxHeight: grants.max_height ?? null,
    maxBitrate: grants.max_bitrate ?? null,
    audioLanguages: lower(grants.audio?.allowed),
    textLanguages: lower(grants.text?.allowed),
    defaultAudio: grants.audio?.default?.toLowerCase() ?? null,
    defaultText: grants.text?.default?.toLowerCase() ?? null,
    rating:
      grants.rating === undefined
        ? null
        : { label: grants.rating.label, minimumAge: grants.rating.minimum_age },
    tokenMaxHeight: null,
  };
}
