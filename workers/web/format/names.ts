/** English names of countries and languages. */
import { countryCodes } from "../../shared/countries.ts";
import { languageName } from "../../shared/language-name.ts";

const countryNames = new Intl.DisplayNames("en", { type: "region" });

/** The English name of a country; its code where there is none. */
export function countryName(code: string): string {
  return countryNames.of(code) ?? code;
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

/** Languages that the studio offers by name (BCP 47); the API takes any. */
const offered = (
  "af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl gu ha he hi hr hu hy id ig is it ja ka kk " +
  "km kn ko ky lo lt lv mk ml mn mr ms mt my nb ne nl pa pl ps pt pt-BR ro ru rw si sk sl so sq sr sv sw ta te th tr uk ur uz " +
  "vi xh yo zh zh-Hant zu"
).split(" ");

/** The offered languages by name, and `also` when it is another one. */
export function languageChoices(also: string | null): { tag: string; name: string }[] {
  const tags = also === null || offered.includes(also) ? offered : [...offered, also];
  return tags
    .map((tag) => ({ tag, name: languageName(tag) }))
    .toSorted((a, b) => a.name.localeCompare(b.name, "en"));
}
