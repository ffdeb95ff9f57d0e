const scalar = String.raw`(?:"(?:[^"\\]|\\.)*"|[-\w.+]+)`;

/** A list, or an object, of nothing but texts and numbers, as JSON.stringify breaks it into lines. */
const small = new RegExp(
  String.raw`[[{]\n\s+((?:"(?:[^"\\]|\\.)*": )?${scalar}(?:,\n\s+(?:"(?:[^"\\]|\\.)*": )?${scalar})*)\n\s+([\]}])`,
  "g",
);

/** Longest line that small lists and objects are put on, characters: as wide as the studio's editor. */
const longestLine = 72;

/** A policy as JSON that people read and edit: broken into lines, but with lists of countries and windows on one each. */
export function writePolicyText(document: unknown): string {
  return (JSON.stringify(document, null, 2) ?? "").replace(small, (text, inner: string, close: string) => {
    const line = inner.replaceAll(/,\n\s+/g, ", ");
    const whole = close === "]" ? `[${line}]` : `{ ${line} }`;
    return whole.length <= longestLine ? whole : text;
  });
}
