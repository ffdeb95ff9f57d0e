/** Decides from what was seen whether a door held. Pure: whoever attacks only looks. */

/** One thing that an attack has looked at. `what` says it in a few words. */
export type Observation =
  | {
      kind: "one of";
      what: string;
      /** Answers, states or codes, in the order they came. null: nothing came in time. */
      got: readonly (string | number | null)[];
      allowed: readonly (string | number)[];
    }
  | { kind: "at most"; what: string; got: number; limit: number; unit: string }
  | { kind: "at least"; what: string; got: number; limit: number; unit: string }
  | { kind: "tells nothing"; what: string; text: string; secrets: readonly RegExp[] };

/** How a row ended. `untried`: the attack itself failed, so nothing is known. */
export type State = "held" | "OPEN" | "untried";

/** A row of the table. */
export interface Row {
  name: string;
  tried: string;
  state: State;
  /** What came, of each observation; the failure's words where it is untried. */
  came: string;
  seconds: number;
}

/** True when what was seen is what must be seen. */
export function isHeld(one: Observation): boolean {
  switch (one.kind) {
    case "one of":
      return one.got.length > 0 && one.got.every((got) => got !== null && one.allowed.includes(got));
    case "at most":
      return one.got <= one.limit;
    case "at least":
      return one.got >= one.limit;
    case "tells nothing":
      return !one.secrets.some((secret) => secret.test(one.text));
  }
}

/** The state of a row that was tried. Nothing seen is nothing known. */
export function stateOf(seen: readonly Observation[]): State {
  if (seen.length === 0) return "untried";
  return seen.every(isHeld) ? "held" : "OPEN";
}

/** An observation in words; one that did not hold names what would have been right. */
export function describe(one: Observation): string {
  const held = isHeld(one);
  switch (one.kind) {
    case "one of":
      return `${one.what}: ${tally(one.got)}${held ? "" : `, not ${one.allowed.join(" or ")}`}`;
    case "at most":
    case "at least":
      return `${one.what}: ${round(one.got)} ${one.unit} (${one.kind} ${round(one.limit)})`;
    case "tells nothing":
      return `${one.what}: ${held ? "nothing told" : `told ${found(one.text, one.secrets)}`}`;
  }
}

/** The process's exit code: 1 when a door is open, else 2 when something could not be tried, else 0. */
export function exitCodeOf(rows: readonly Row[]): number {
  if (rows.some(({ state }) => state === "OPEN")) return 1;
  return rows.length === 0 || rows.some(({ state }) => state === "untried") ? 2 : 0;
}

/** Answers in a row of many: `200 ×3, 429 ×7`. */
function tally(got: readonly (string | number | null)[]): string {
  const counts = new Map<string, number>();
  for (const one of got) {
    const name = one === null ? "no end in time" : String(one);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...counts].map(([name, count]) => (count === 1 ? name : `${name} ×${count}`)).join(", ") || "none";
}

function round(value: number): number {
  return Math.abs(value) >= 10 ? Math.round(value) : Math.round(value * 100) / 100;
}

function found(text: string, secrets: readonly RegExp[]): string {
  for (const secret of secrets) {
    const match = secret.exec(text);
    if (match !== null) return JSON.stringify(text.slice(match.index, match.index + 60));
  }
  return "nothing";
}
