/**
 * Cuts a text to its first `most` characters. Counts code points, as people nearly do: a cut between the two halves of one
 * would leave something that has no form in UTF-8.
 */
export function cutCharacters(text: string, most: number): string {
  if (text.length <= most) return text;
  let kept = "";
  let count = 0;
  for (const character of text) {
    if (count === most) break;
    kept += character;
    count += 1;
  }
  return kept;
}

/** Checks whether a text has at most `most` characters (code points). */
export function hasAtMost(text: string, most: number): boolean {
  return text.length <= most || cutCharacters(text, most).length === text.length;
}
