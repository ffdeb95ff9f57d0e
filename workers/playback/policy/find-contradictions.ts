/** Finds contradictions in a well-formed policy, of which no reader could tell the meaning. */
import { unknownCountry } from "../viewer.ts";
import { countriesOf } from "./effective-policy.ts";
import { rangeMatches } from "./language-range.ts";
import type { Grants, Policy, PolicyRule } from "./policy-document.ts";
import { builtInGroups, everyCountry } from "./territory-groups.ts";

/** One mistake: its place (RFC 6901), and the way to mend it. */
export interface Contradiction {
  pointer: string;
  detail: string;
}

/** All contradictions of a policy. @param serviceGroups groups that a title's policy may name too */
export function findContradictions(
  policy: Policy,
  serviceGroups: Readonly<Record<string, readonly string[]>>,
): Contradiction[] {
  const groups = { ...builtInGroups, ...serviceGroups, ...policy.groups };
  return [
    ...takenGroups(policy),
    ...sameNames(policy),
    ...policy.rules.flatMap((rule, n) =>
      [
        ...unknownGroups(rule, groups),
        ...noCountries(rule, groups),
        ...badWindows(rule),
        ...badGrants(rule),
        ...neverMatches(rule),
      ].map(({ pointer, detail }) => ({ pointer: `/rules/${n}${pointer}`, detail })),
    ),
    ...(["default", "unknown_country"] as const).flatMap((member) =>
      badGrants(policy[member] ?? {}).map(({ pointer, detail }) => ({
        pointer: `/${member}${pointer}`,
        detail,
      })),
    ),
    ...unreachable(policy.rules, groups),
  ];
}

function takenGroups(policy: Policy): Contradiction[] {
  return Object.keys(policy.groups ?? {})
    .filter((name) => Object.hasOwn(builtInGroups, name))
    .map((name) => ({
      pointer: `/groups/${name}`,
      detail: "is a built-in group; use another name",
    }));
}

function sameNames({ rules, default: last, unknown_country: unknown }: Policy): Contradiction[] {
  const named = [
    ...rules.map(({ name }, n) => ({ name, pointer: `/rules/${n}/name` })),
    ...(last?.name === undefined ? [] : [{ name: last.name, pointer: "/default/name" }]),
    ...(unknown?.name === undefined ? [] : [{ name: unknown.name, pointer: "/unknown_country/name" }]),
  ];
  const taken = new Set<string>();
  return named.flatMap(({ name, pointer }) => {
    const key = name.toLowerCase();
    if (taken.has(key)) return [{ pointer, detail: "is the name of another rule; each needs its own" }];
    taken.add(key);
    return [];
  });
}

function unknownGroups(
  rule: PolicyRule,
  groups: Readonly<Record<string, readonly string[]>>,
): Contradiction[] {
  return (["territories", "except"] as const).flatMap((member) =>
    (rule[member] ?? []).flatMap((name, n) =>
      /^[A-Z]{2}$/.test(name) || Object.hasOwn(groups, name)
        ? []
        : [
            {
              pointer: `/${member}/${n}`,
              detail: `${JSON.stringify(name)} is no group; define it under groups`,
            },
          ],
    ),
  );
}

function noCountries(rule: PolicyRule, groups: Readonly<Record<string, readonly string[]>>): Contradiction[] {
  return countriesOf(rule, groups)?.size === 0
    ? [{ pointer: "/except", detail: "takes away every territory; no country is left" }]
    : [];
}

function badWindows({ windows = [], deny, outside_windows }: PolicyRule): Contradiction[] {
  const spans = windows.map(({ opens, closes }, n) => ({
    n,
    opens: opens === undefined ? Number.NEGATIVE_INFINITY : Date.parse(opens),
    closes: closes === undefined ? Number.POSITIVE_INFINITY : Date.parse(closes),
  }));
  const backwards = spans
    .filter(({ opens, closes }) => closes <= opens)
    .map(({ n }) => ({ pointer: `/windows/${n}/closes`, detail: "must be after opens" }));
  const sorted = spans.toSorted((a, b) => a.opens - b.opens || a.closes - b.closes);
  const overlapping = sorted.flatMap((span, at) => {
    const before = sorted[at - 1];
    if (backwards.length > 0 || before === undefined || before.closes <= span.opens) return [];
    return [{ pointer: `/windows/${span.n}`, detail: `overlaps window ${before.n + 1}; make one of them` }];
  });
  const idle =
    outside_windows !== undefined && windows.length === 0
      ? [{ pointer: "/outside_windows", detail: "has no effect without windows" }]
      : [];
  const banned =
    outside_windows === "refuse" && deny === true
      ? [{ pointer: "/outside_windows", detail: "would refuse always; a ban is over outside its windows" }]
      : [];
  return [...backwards, ...overlapping, ...idle, ...banned];
}

function badGrants(grants: Grants): Contradiction[] {
  const given = (["max_height", "max_bitrate", "audio", "text", "rating"] as const).filter(
    (member) => grants[member] !== undefined,
  );
  const denied =
    grants.deny === true
      ? given.map((member) => ({ pointer: `/${member}`, detail: "has no effect when the rule denies" }))
      : [];
  const languages = (["audio", "text"] as const).flatMap((member) => {
    const { allowed, default: preferred } = grants[member] ?? {};
    if (allowed === undefined || preferred === undefined) return [];
    const isAllowed = allowed.some((range) => rangeMatches(range.toLowerCase(), preferred.toLowerCase()));
    return isAllowed
      ? []
      : [{ pointer: `/${member}/default`, detail: "must be one of the allowed languages" }];
  });
  return [...denied, ...languages];
}

function neverMatches({ tor, territories, except }: PolicyRule): Contradiction[] {
  return tor === true && (territories !== undefined || except !== undefined)
    ? [{ pointer: "/tor", detail: "can never match with territories: viewers on Tor are in no country" }]
    : [];
}

/** Rules that no viewer can reach, because rules before them always decide for all their countries. */
function unreachable(
  rules: readonly PolicyRule[],
  groups: Readonly<Record<string, readonly string[]>>,
): Contradiction[] {
  const decided = new Map<string, string>();
  return rules.flatMap((rule, n) => {
    const places = [...(countriesOf(rule, groups) ?? [...everyCountry, unknownCountry])];
    const before = new Set(places.map((place) => decided.get(place)));
    const isReached = places.length === 0 || before.has(undefined);
    const hasConditions = rule.asns !== undefined || rule.tor !== undefined;
    const goesOn = rule.windows !== undefined && (rule.deny === true || rule.outside_windows === "next_rule");
    if (!hasConditions && !goesOn) {
      for (const place of places) if (!decided.has(place)) decided.set(place, rule.name);
    }
    if (isReached) return [];
    const names = [...before].map((name) => JSON.stringify(name)).join(", ");
    return [{ pointer: `/rules/${n}`, detail: `is never reached: ${names} decides for all its countries` }];
  });
}
