/** Attribute lists of HLS tags (RFC 8216 §4.2). */

/** Joins an attribute list; an attribute whose value is null is left out. */
export function attributes(list: [name: string, value: string | null][]): string {
  return list.flatMap(([name, value]) => (value === null ? [] : [`${name}=${value}`])).join(",");
}

/** Makes a text fit for a quoted-string: sources may name their tracks anything. */
export function quotable(text: string): string {
  return text.replaceAll(/["'\p{C}\p{Z}]+/gu, " ").trim();
}

/** A quoted NAME that no track of the group has yet; adds it to `taken`. Quotable, and never empty. */
export function groupName(label: string, fallback: string, taken: Set<string>): string {
  // Players keep tracks in objects by name, where one called `__proto__` would be lost.
  const wanted = quotable(label).replace(/^_+/, "") || fallback;
  let name = wanted;
  for (let count = 2; taken.has(name); count++) name = `${wanted} ${count}`;
  taken.add(name);
  return `"${name}"`;
}

/** A quoted BCP 47 tag; `und` for an unknown language, because LANGUAGE is mandatory (Apple 8.10). */
export function languageTag(language: string | null): string {
  const isTag = language !== null && /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(language);
  return `"${isTag ? language : "und"}"`;
}
