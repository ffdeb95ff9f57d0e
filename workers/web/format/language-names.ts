const names = new Intl.DisplayNames("en", { type: "language" });

/** Languages that the studio offers by name (BCP 47); the API takes any. */
const offered = (
  "af am ar az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl gu ha he hi hr hu hy id ig is it ja ka kk " +
  "km kn ko ky lo lt lv mk ml mn mr ms mt my nb ne nl pa pl ps pt pt-BR ro ru rw si sk sl so sq sr sv sw ta te th tr uk ur uz " +
  "vi xh yo zh zh-Hant zu"
).split(" ");

/** The English name of a language tag; the tag where there is none. */
export function languageName(tag: string): string {
  try {
    return names.of(tag) ?? tag;
  } catch {
    return tag;
  }
}

/** The offered languages by name, and `also` when it is another one. */
export function languageChoices(also: string | null): { tag: string; name: string }[] {
  const tags = also === null || offered.includes(also) ? offered : [...offered, also];
  return tags
    .map((tag) => ({ tag, name: languageName(tag) }))
    .toSorted((a, b) => a.name.localeCompare(b.name, "en"));
}
