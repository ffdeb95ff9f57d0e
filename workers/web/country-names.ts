import { countryCodes } from "../catalog/countries.ts";

const names = new Intl.DisplayNames("en", { type: "region" });

/** The English name of a country; its code where there is none. */
export function countryName(code: string): string {
  return names.of(code) ?? code;
}

/** Every country by its English name, in the order of an index. */
export const countriesByName: readonly { code: string; name: string }[] = countryCodes
  .map((code) => ({ code, name: countryName(code) }))
  .toSorted((a, b) => a.name.localeCompare(b.name, "en"));
