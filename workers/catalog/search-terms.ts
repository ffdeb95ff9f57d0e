/** Most words of a query that count, and most characters of a word: enough for any title, and a bound on the index's work. */
const maxWords = 10;
const maxWordCharacters = 40;

/**
 * Turns a viewer's words into an FTS5 query that finds titles with all of its words, each as a prefix.
 * Only letters, marks and digits survive, and each word is quoted, so no input can be an operator or a syntax error.
 * @returns null when nothing searchable is left.
 */
export function searchTerms(input: string): string | null {
  const words = input.slice(0, 1000).match(/[\p{L}\p{M}\p{N}\p{Co}]+/gu) ?? [];
  if (words.length === 0) return null;
  return words
    .slice(0, maxWords)
    .map((word) => `"${Array.from(word).slice(0, maxWordCharacters).join("")}"*`)
    .join(" ");
}
