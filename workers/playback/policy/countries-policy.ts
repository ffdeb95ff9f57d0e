/** The policy that a title's two country lists stand for, while the title has no policy of its own. */
import type { Policy } from "./policy-document.ts";

/** A title's country lists, ISO 3166-1 alpha-2 in upper case. `allowedCountries` null: everywhere; an empty list: nowhere. */
export interface CountryLists {
  allowedCountries: readonly string[] | null;
  blockedCountries: readonly string[];
}

/**
 * Writes the lists as rules, which only refuse: other viewers go on to the service's rules, as with a title that has no lists. A
 * block wins over an allowance. Pure.
 */
export function countriesPolicy({ allowedCountries, blockedCountries }: CountryLists): Policy {
  const blocked =
    blockedCountries.length === 0
      ? []
      : [{ name: "blocked countries", territories: [...blockedCountries], deny: true }];
  if (allowedCountries === null) return { rules: blocked };
  const others =
    allowedCountries.length === 0
      ? { name: "no country is allowed", deny: true }
      : { name: "outside the allowed countries", except: [...allowedCountries], deny: true };
  return { rules: [...blocked, others] };
}
