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

/** Marks that turn the direction of what follows them until another one ends it (Unicode UAX #9: embeddings, overrides, isolates). */
const directionOverrides = /[\u202a-\u202e\u2066-\u2069]/g;

/**
 * Takes out the marks with which a name shows as another one, `film\u202egpj.exe` for example, and one line of a page turns the
 * next. Text in scripts that run from right to left needs none of them.
 */
export function withoutOverrides(text: string): string {
  return text.replaceAll(directionOverrides, "");
}
