import { expect, test } from "vitest";
import { formatTable } from "../format-table.ts";
import { describe, exitCodeOf, isHeld, type Observation, type Row, stateOf } from "./judge.ts";

const statuses = (got: (number | null)[]): Observation => ({
  ...{ kind: "one of", what: "answers", got, allowed: [401, 403] },
});
const bytes = (got: number): Observation => ({
  ...{ kind: "at most", what: "stored", got, limit: 16, unit: "MB" },
});

test("every answer must be an allowed one, and there must be one", () => {
  expect(isHeld(statuses([401, 403, 401]))).toBe(true);
  expect(isHeld(statuses([401, 200]))).toBe(false);
  expect(isHeld(statuses([401, null]))).toBe(false);
  expect(isHeld(statuses([]))).toBe(false);
});

test("a limit itself is within it; a measure that is no number is not", () => {
  expect(isHeld(bytes(16))).toBe(true);
  expect(isHeld(bytes(16.01))).toBe(false);
  expect(isHeld(bytes(Number.NaN))).toBe(false);
  const refused: Observation = { kind: "at least", what: "refused", got: 4, limit: 5, unit: "requests" };
  expect(isHeld(refused)).toBe(false);
  expect(isHeld({ ...refused, got: 5 })).toBe(true);
});

test("a secret anywhere in a text opens it, and is shown by its beginning only", () => {
  const log = (text: string): Observation => ({
    ...{ kind: "tells nothing", what: "the log", text, secrets: [/eyJ[\w-]+/] },
  });
  expect(isHeld(log("moov atom not found"))).toBe(true);
  const told = log(`at http://127.0.0.1/internal/eyJ${"a".repeat(200)}`);
  expect(isHeld(told)).toBe(false);
  expect(describe(told)).toBe(`the log: told "eyJ${"a".repeat(57)}"`);
});

test("one observation that does not hold opens a row; none at all leaves it untried", () => {
  expect(stateOf([statuses([401]), bytes(1)])).toBe("held");
  expect(stateOf([statuses([401]), bytes(17)])).toBe("OPEN");
  expect(stateOf([])).toBe("untried");
});

test("words say what came, and what would have been right", () => {
  expect(describe(statuses([401, 401, 200]))).toBe("answers: 401 ×2, 200, not 401 or 403");
  expect(describe(statuses([null]))).toBe("answers: no end in time, not 401 or 403");
  expect(describe(bytes(180.008))).toBe("stored: 180 MB (at most 16)");
});

const row = (state: Row["state"], name: string = state): Row => ({
  ...{ name, tried: "a thing", state, came: "what came", seconds: 1.25 },
});

test("an open door is 1, an attack that could not be made 2, none at all as well", () => {
  expect(exitCodeOf([row("held")])).toBe(0);
  expect(exitCodeOf([row("held"), row("untried")])).toBe(2);
  expect(exitCodeOf([row("untried"), row("OPEN")])).toBe(1);
  expect(exitCodeOf([])).toBe(2);
});

test("the table names every row, counts them, and says the seed that repeats it", () => {
  const table = formatTable([row("held", "bomb"), row("OPEN", "key")], 7);
  expect(table).toContain("bomb  held");
  expect(table).toContain("key   OPEN");
  expect(table.split("\n").at(-1)).toBe(
    "2 tried, 1 held, 1 OPEN, 0 untried. Again: npm run attack -- --seed 7",
  );
});
