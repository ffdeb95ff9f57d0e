/** Finds regular expressions whose time grows faster than the text that they are given. */
import { checkSync } from "recheck";
import { findPatterns } from "./find-patterns.ts";

/** A pattern that backtracks: its place, how its time grows, and a text that shows it. */
export interface SlowPattern {
  line: number;
  pattern: string;
  growth: string;
  attack: string;
}

/** How the time of a pattern grows; null: with the text's length alone. */
type Verdict = Omit<SlowPattern, "line" | "pattern"> | null;

/** Verdicts by flags and pattern: the same pattern is judged once. */
export type Verdicts = Map<string, Verdict>;

/** A pattern that is not understood within this long counts as slow, milliseconds. */
const patienceMs = 60_000;

/** @param file its name, whose ending tells TypeScript from TSX. @param verdicts those of before; new ones are added. */
export function findSlowPatterns(
  file: string,
  source: string,
  verdicts: Verdicts = new Map(),
): SlowPattern[] {
  return findPatterns(file, source).flatMap(({ line, source: pattern, flags }) => {
    const key = `${flags} ${pattern}`;
    const known = verdicts.get(key);
    const verdict = known === undefined ? judge(pattern, flags) : known;
    verdicts.set(key, verdict);
    return verdict === null ? [] : [{ line, pattern: `/${pattern}/${flags}`, ...verdict }];
  });
}

function judge(source: string, flags: string): Verdict {
  const found = checkSync(source, flags, { timeout: patienceMs, randomSeed: 1 });
  if (found.status === "safe") return null;
  return found.status === "vulnerable"
    ? { growth: found.complexity.summary, attack: found.attack.pattern }
    : { growth: `unknown (${found.error.kind})`, attack: "" };
}
