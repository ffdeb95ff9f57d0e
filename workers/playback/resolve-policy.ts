/** Whether a title may be watched from a country: the one place where a title's rules become a decision. */
import { unknownCountry } from "./country.ts";

/** A title's rules per territory. Countries are ISO 3166-1 alpha-2 in upper case. */
export interface TerritoryRules {
  /** Only these countries; null: everywhere. An empty list is nowhere. */
  allowedCountries: readonly string[] | null;
  /** None of these countries, whatever the list above says. */
  blockedCountries: readonly string[];
}

/**
 * The distinct things that viewers of one title can be given. Cache keys hold the class and never the country, so
 * there must stay few of them: a rule that gives some viewers less (a lower top rung, say) adds one class here.
 */
export const policyClasses = ["full"] as const;

/** See {@link policyClasses}. */
export type PolicyClass = (typeof policyClasses)[number];

/** What a viewer gets. `code` is stable; `reason` is a sentence for the viewer that says what to do next. */
export type PolicyDecision =
  | { allowed: true; policyClass: PolicyClass }
  | { allowed: false; policyClass: "refused"; code: "not_available_in_country"; reason: string };

/** Decides what a viewer in `country` (as `countryOf` tells it) may watch of a title with these rules. */
export function resolvePolicy(rules: TerritoryRules, country: string): PolicyDecision {
  const { allowedCountries, blockedCountries } = rules;
  if (country === unknownCountry && allowedCountries !== null) {
    return refuse(
      "We could not tell which country you are in, and this title may be shown only in some. Turn off your VPN or proxy, then try again.",
    );
  }
  if (
    blockedCountries.includes(country) ||
    (allowedCountries !== null && !allowedCountries.includes(country))
  ) {
    return refuse("This title is not available in your country. Choose another one to watch.");
  }
  return { allowed: true, policyClass: "full" };
}

function refuse(reason: string): PolicyDecision {
  return { allowed: false, policyClass: "refused", code: "not_available_in_country", reason };
}
