/** Values that no form or program of ours sends: texts, numbers, nested and changed JSON. */
import type { Random } from "../../support/random.ts";

/** Stands in texts, to be looked for in pages: as markup it must never come back. */
export const markup = "</script></title><fuzz-mark>";

const oddTexts = [
  ...[
    "",
    " ",
    "\0",
    "a\0b",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "\u200b",
    "\ufeff",
    "\ud800",
    "e\u0301".repeat(50),
  ],
  ...["'; drop table titles; --", '" or 1=1 --', "%", "_", "*", '"*"', "NEAR(a b)", "a OR", "-", "\\", "^a"],
  ...[markup, `"'>${markup}`, "{{7*7}}", "javascript:alert(1)", "//evil.test", "/\\evil.test"],
  ...["../../etc/passwd", "__proto__", "constructor", "null", "undefined", "NaN", "true", "[]", "{}", "0x10"],
  ...["2027-03-01T00:00:00Z", "2027-02-30", "9999-12-31T23:59:59Z", "-000001-01-01T00:00Z", "+275760-09-13"],
  ...["DE", "de", "XX", "T1", "ß", "en", "pt-BR", "x-klingon", "en-u-ca-buddhist", "off", "i-default"],
  ...[
    "https://page.test",
    "https://*.page.test",
    "http://[::1]:99999",
    "https://user:pw@x.test/",
    "http://10.0.0.1",
  ],
  ...["1e309", "-1", "1e3", "٣", "1_000", "00", "1.5", "9007199254740993", "99999999999999999999999"],
] as const;

const oddNumbers = [
  ...[0, -0, 1, -1, 0.5, 1e-9, 255, 65_536, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 53 + 2, 2 ** 63, 1e21, 1e308],
  ...[-(2 ** 31), -(2 ** 63), Number.MAX_VALUE, Number.MIN_VALUE],
] as const;

/** Any JSON value; the deeper, the plainer. */
export function drawValue(random: Random, depth = 0): unknown {
  switch (random.below(depth > 3 ? 5 : 8)) {
    case 0:
      return random.pick([null, true, false]);
    case 1:
      return random.pick(oddNumbers);
    case 2:
      return random.text(60);
    case 3:
    case 4:
      return random.once(40)
        ? random.pick(["a", "é", "\u202e", "\n", "👩‍👩‍👧"]).repeat(random.below(20_000))
        : random.pick(oddTexts);
    case 5:
      return random.once(30)
        ? new Array(random.below(2000)).fill(random.pick(oddTexts))
        : Array.from({ length: random.below(4) }, () => drawValue(random, depth + 1));
    case 6:
      return Array.from({ length: random.below(3) }, () => drawValue(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [drawText(random), drawValue(random, depth + 1)]),
      );
  }
}

/** Any text. */
export function drawText(random: Random): string {
  return random.once(3) ? random.text(40) : random.pick(oddTexts);
}

/** Changes JSON in one place, or in some: a member is replaced, left out, doubled, renamed, or put a level deeper. */
export function mutate(random: Random, value: unknown): unknown {
  if (Array.isArray(value) && value.length > 0 && !random.once(4)) {
    const at = random.below(value.length);
    const changed = mutate(random, value[at]);
    if (random.once(8)) return [...value, ...value];
    if (random.once(30)) return Array.from({ length: random.below(1200) }, () => value[at]);
    return value.with(at, changed);
  }
  if (isObject(value) && Object.keys(value).length > 0 && !random.once(6)) {
    const names = Object.keys(value);
    const name = names[random.below(names.length)] ?? "";
    const { [name]: member, ...rest } = value;
    if (random.once(8)) return rest;
    if (random.once(12)) return { ...value, [drawText(random)]: drawValue(random) };
    if (random.once(20)) return { ...rest, [name.toUpperCase()]: member };
    return { ...value, [name]: mutate(random, member) };
  }
  if (typeof value === "number" && random.once(2)) return random.pick(oddNumbers);
  if (typeof value === "string" && random.once(2)) {
    const at = random.below(value.length + 1);
    return value.slice(0, at) + drawText(random) + value.slice(at);
  }
  return random.once(8) ? [value] : drawValue(random);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
