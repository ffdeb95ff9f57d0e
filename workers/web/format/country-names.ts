import { countryCodes } from "../../shared/countries.ts";

const names = new Intl.DisplayNames("en", { type: "region" });

/** The English name of a country; its code where there is none. */
export function countryName(code: string): string {
  return names.of(code) ?? code;
}

/** Names that a sentence gives an article: `in the United States`, but `in Germany`. */
const withArticle =
  /^(United |Netherlands|Philippines|Bahamas|Gambia|Maldives|Seychelles|Comoros|Isle of )|( Islands| Republic| Territory| Territories)$/;

/** The name of a country as it stands after “in”. */
export function countryInSentence(code: string): string {
  const name = countryName(code);
  return withArticle.test(name) ? `the ${name}` : name;
}

/** Every country by its English name, in the order of an index. */
export const countriesByName: readonly { code: string; name: string }[] = countryCodes
  .map((code) => ({ code, name: countryName(code) }))
  .toSorted((a, b) => a.name.localeCompare(b.name, "en"));
