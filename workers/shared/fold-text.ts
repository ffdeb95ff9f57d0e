/**
 * Folds texts for searching, so that what people type finds what others wrote: without capitals, accents, vowel points, and
 * the several spellings of one letter. Titles and queries are folded by the same rules.
 */

/** Marks that readers leave out: accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic. Others carry the vowels. */
const marks =
  /[\u0300-\u036f\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06ed\u0640]/g;

/** Letters that stand for others; NFKD does not know them, because they are letters of their own. */
const letters: Readonly<Record<string, string>> = {
  ...{ ß: "ss", æ: "ae", œ: "oe", ø: "o", ł: "l", đ: "d", ð: "d", þ: "th", ħ: "h", ı: "i", ς: "σ" },
  // Arabic and Persian spellings of alef, yeh, kaf, teh marbuta.
  ...{ "\u0671": "\u0627", "\u0649": "\u064a", "\u06cc": "\u064a", "\u06a9": "\u0643", "\u0629": "\u0647" },
};
const replaced = new RegExp(`[${Object.keys(letters).join("")}]`, "g");

/** Scripts that put no space between words: each character counts as a word, and a query's characters must follow each other. */
const spaceless =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}ー\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;

/** Words of letters, marks and digits; everything else separates. */
const word = /[\p{L}\p{M}\p{N}\p{Co}]+/gu;

/** Checks whether a folded word is written without spaces, so that one character of it is worth a search. */
export function isSpaceless(folded: string): boolean {
  return spaceless.test(folded);
}

/**
 * Folds a text into its words. A word of a script without spaces comes as one word; see `splitSpaceless`. Pure.
 */
export function foldWords(text: string): string[] {
  const folded = text
    .toLowerCase()
    .normalize("NFKD")
    .replaceAll(marks, "")
    .replaceAll(replaced, (letter) => letters[letter] ?? letter)
    // Katakana as hiragana (Unicode has them in the same order, 0x60 apart).
    .replaceAll(/[\u30a1-\u30f6]/g, (kana) => String.fromCharCode(kana.charCodeAt(0) - 0x60))
    // Arabic-Indic and Persian digits.
    .replaceAll(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => String(digit.charCodeAt(0) & 15))
    .normalize("NFC");
  return folded.match(word) ?? [];
}

/** Puts spaces around each character of a script without spaces, as the search index has them. */
export function splitSpaceless(folded: string): string {
  return Array.from(folded, (character) => (spaceless.test(character) ? ` ${character} ` : character))
    .join("")
    .replaceAll(/ +/g, " ")
    .trim();
}
