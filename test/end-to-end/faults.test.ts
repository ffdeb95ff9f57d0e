import { expect, test } from "vitest";
import { isGood } from "../../tools/faults/check-run.ts";
import { runFaults } from "../../tools/faults/run-faults.ts";
import { formatVerdict } from "../../tools/faults/verdict.ts";

/** Longer than this on any machine, and something hangs. */
const patienceMs = 9 * 60_000;

test("whatever fails or dies on the way, every film ends as it should and nothing is lost", async () => {
  const verdict = await runFaults({
    ...{ seed: 11, faults: 12, assets: 3, isWithLostDatabases: false, patienceMs },
    say: () => undefined,
  });
  console.log(formatVerdict(verdict));
  expect(verdict).toMatchObject({ wrong: [], lost: [], dangling: [], missing: [] });
  expect(verdict.ended.ready).toBeGreaterThan(0);
  expect(Object.values(verdict.faults).reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(12);
  expect(isGood(verdict)).toBe(true);
});
