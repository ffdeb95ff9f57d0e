/**
 * Languages as policies compare them: BCP 47 tags in lower case, and ranges of them (RFC 4647). By hand rather than with
 * bcp-47-match: its filter lets a range match inside a tag, and its lookup knows no `en-us` for `en`.
 */

/** The tag of a track, in lower case; `und` when it is not known or no tag. */
export function trackLanguage(language: string | null): string {
  const isTag = language !== null && /^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$/.test(language);
  return isTag ? language.toLowerCase() : "und";
}

/** Checks whether a range matches a tag: `en` matches `en` and `en-us`, not `eng` (basic filtering, RFC 4647 §3.3.1). Lower case. */
export function rangeMatches(range: string, tag: string): boolean {
  return tag === range || tag.startsWith(`${range}-`);
}

/**
 * The first of `tags` that matches the first range with a match. A range is shortened until a tag matches (lookup, RFC 4647
 * §3.4): `de-at` finds `de`, and `en` finds `en-us`. Null when no tag matches. Lower case.
 */
export function lookUpLanguage(ranges: readonly string[], tags: readonly string[]): string | null {
  for (const range of ranges) {
    for (let wanted = range; wanted !== ""; wanted = shorter(wanted)) {
      const exact = tags.includes(wanted) ? wanted : tags.find((tag) => rangeMatches(wanted, tag));
      if (exact !== undefined) return exact;
    }
  }
  return null;
}

/** A range without its last subtag, and without a single letter that then stands last (RFC 4647 §3.4). */
function shorter(range: string): string {
  const cut = range.lastIndexOf("-");
  if (cut < 0) return "";
  return range.slice(0, range.charAt(cut - 2) === "-" ? cut - 2 : cut);
}
