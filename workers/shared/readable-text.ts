const unseen = /^[\p{Cc}\p{Cf}\p{Cs}\p{Z}\p{Default_Ignorable_Code_Point}]*$/u;

/** Checks whether a person can see any of this text: not if it is only blanks, marks of direction, joiners or fillers. */
export function isVisible(text: string): boolean {
  return !unseen.test(text);
}

/**
 * Checks whether this text can be stored and shown as it is: no control characters (a terminal would obey them, and SQLite ends
 * a text at NUL) and no half of a surrogate pair (UTF-8 has no form for it).
 */
export function isPlainText(text: string): boolean {
  return text.isWellFormed() && !/\p{Cc}/u.test(text);
}
