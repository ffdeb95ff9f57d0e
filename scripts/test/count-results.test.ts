import { expect, test } from "vitest";
import { countResults, summaryLine } from "./count-results.ts";

const file = (status: string, ...statuses: string[]) => ({
  name: "a.test.ts",
  status,
  message: "",
  assertionResults: statuses.map((it) => ({ status: it })),
});
const report = (...files: object[]) => JSON.stringify({ testResults: files });

test("tests are counted by status", () => {
  const count = countResults(
    report(file("passed", "passed", "pending"), file("failed", "failed", "passed")),
    1,
  );
  expect(summaryLine(count)).toBe("2 passed, 1 failed, 1 skipped");
  expect(summaryLine(countResults(report(file("passed", "passed")), 0))).toBe("1 passed, 0 failed");
});

test("a file that does not load, a failure outside of tests, and a missing report are failures", () => {
  expect(countResults(report(file("failed"), file("passed", "passed")), 1).failed).toBe(1);
  expect(countResults(report(file("passed", "passed")), 1).failed).toBe(1);
  expect(countResults("", 0)).toMatchObject({ passed: 0, failed: 0 });
  expect(countResults("{", 1).failed).toBe(1);
});
