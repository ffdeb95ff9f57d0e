const date = /\b(\d{1,2}) (\p{Lu}\p{Ll}+) (\d{4}), (\d\d:\d\d(?::\d\d)?) UTC/gu;

/** A sentence in which no line breaks inside `1 March 2027` or `00:00 UTC`. */
export function noBreakDates(sentence: string): string {
  return sentence.replaceAll(date, "$1\u00a0$2\u00a0$3, $4\u00a0UTC");
}
