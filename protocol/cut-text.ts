/**
 * Cuts a text to so many characters, and never inside one: a character is a code point, of which some are two UTF-16 units.
 * Halves of such pairs, which UTF-8 has no form for, become U+FFFD.
 */
export function cutText(text: string, mostCharacters: number): string {
  let end = 0;
  for (let n = 0; n < mostCharacters && end < text.length; n++) {
    end += (text.codePointAt(end) ?? 0) > 0xffff ? 2 : 1;
  }
  return text.slice(0, end).toWellFormed();
}
