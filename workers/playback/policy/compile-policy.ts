/** A policy as a table: what each country gets at a moment, and when any of it next changes. */
import { unknownCountry } from "../viewer.ts";
import { decideRules, type RuleDecision } from "./decide-rules.ts";
import { effectivePolicy } from "./effective-policy.ts";
import type { Policy, ServicePolicy } from "./policy-document.ts";
import { everyCountry } from "./territory-groups.ts";

/** See the file's comment. */
export interface CompiledPolicy {
  /** The decision for ordinary viewers (of no network that a rule names, not on Tor) by country, `XX` among them. */
  countries: ReadonlyMap<string, RuleDecision>;
  /** When any country's decision next changes, Unix milliseconds; null: never. */
  changesAt: number | null;
}

/** Compiles a policy, with the service's, for a moment (Unix milliseconds). Pure; both documents are free of contradictions. */
export function compilePolicy(policy: Policy, service: ServicePolicy, moment: number): CompiledPolicy {
  const rules = effectivePolicy(policy, service);
  const countries = new Map(
    [...everyCountry, unknownCountry].map((country) => [
      country,
      decideRules(rules, { country, asn: null, isTor: false }, moment),
    ]),
  );
  const changes = [...countries.values()].flatMap(({ changesAt }) => (changesAt === null ? [] : [changesAt]));
  return { countries, changesAt: changes.length === 0 ? null : Math.min(...changes) };
}
