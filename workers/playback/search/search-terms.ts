/** Turns what a viewer types into words to look for, and these into a query of the full-text index. */
import { foldWords, isSpaceless, splitSpaceless } from "../../shared/fold-text.ts";

/** Most words of a query that count, and most characters of a word: enough for any title, and a bound on the index's work. */
const maxWords = 10;
const maxWordCharacters = 40;

/** Longest input that is looked at, characters. */
const maxInput = 1000;

/** The folded words of an input, each once, in order; they name a search in caches. Pure. */
export function searchWords(input: string): string[] {
  const words = foldWords(input.slice(0, maxInput));
  const cut = words.map((word) => Array.from(word).slice(0, maxWordCharacters).join(""));
  return [...new Set(cut)].slice(0, maxWords);
}

/**
 * Checks whether words are worth a search: one of them has two letters, or one of a script without spaces. A single letter
 * begins a tenth of all titles.
 */
export function isSearchable(words: readonly string[]): boolean {
  return words.some((word) => isSpaceless(word) || Array.from(word).length >= 2);
}

/** Words (folded) that a large part of all titles have, in the languages with most films; they find nothing by themselves. */
const commonWords = new Set(
  [
    ...[
      "the of and in to on for",
      "der die das und ein im",
      "le la les de du des et un une",
      "el los las y del una",
    ],
    ...["il lo di e da", "o os as do no", "ال في من", "na и в на", "の"],
  ].flatMap((words) => words.split(" ")),
);

/**
 * The words that the index is asked for: common ones only where there are no others, two at most, because titles with several
 * of them must be looked for among nearly all titles. The caller checks the rest. Pure.
 */
export function indexedWords(words: readonly string[]): string[] {
  const others = words.filter((word) => !commonWords.has(word));
  return isSearchable(others) ? others : words.slice(0, 2);
}

/**
 * Writes the FTS5 query for titles that have all words, each as a prefix; single letters as whole words. Words are quoted, so no
 * input can be an operator or a syntax error; characters of a script without spaces must follow each other.
 */
export function matchExpression(words: readonly string[]): string {
  return words
    .map((word) => {
      const tokens = splitSpaceless(word);
      const last = tokens.split(" ").at(-1) ?? "";
      return `"${tokens}"${Array.from(last).length >= 2 ? "*" : ""}`;
    })
    .join(" ");
}
