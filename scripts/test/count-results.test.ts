import { expect, test } from "vitest";
import { countResults, slowestFiles, summaryLine, sumOf } from "./count-results.ts";

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

test("two runs add up, and the slowest files of both come first", () => {
  const timed = (name: string, endTime: number) => ({
    ...file("passed", "passed"),
    name,
    startTime: 1000,
    endTime,
  });
  const reports = [
    report(timed("a.test.ts", 3500)),
    report(timed("b.test.ts", 9000), timed("c.test.ts", 1200)),
  ];
  expect(summaryLine(sumOf(reports.map((it) => countResults(it, 0))))).toBe("3 passed, 0 failed");
  expect(sumOf([countResults("", 1), countResults(reports[0] ?? "", 0)])).toMatchObject({
    passed: 1,
    failed: 1,
  });
  expect(slowestFiles([...reports, "{"], 2)).toEqual([
    { file: "b.test.ts", seconds: 8 },
    { file: "a.test.ts", seconds: 2.5 },
  ]);
});
