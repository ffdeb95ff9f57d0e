import { z } from "zod";

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(""),
      startTime: z.number().default(0),
      endTime: z.number().default(0),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

/** The outcome of a test run. */
export interface TestCount {
  passed: number;
  failed: number;
  skipped: number;
  /** Failures that are no test: a file that does not load, an error after the tests, no report at all. */
  outsideTests: string[];
}

/**
 * Counts what vitest's JSON report says. Whatever failed outside of a test counts as one more failure, so that a run
 * is never green by accident. `exitCode` is vitest's own.
 */
export function countResults(reportJson: string, exitCode: number): TestCount {
  const count: TestCount = { passed: 0, failed: 0, skipped: 0, outsideTests: [] };
  for (const file of readReport(reportJson)) {
    const statuses = file.assertionResults.map((test) => test.status);
    const failed = statuses.filter((status) => status === "failed").length;
    count.passed += statuses.filter((status) => status === "passed").length;
    count.failed += failed;
    count.skipped += statuses.filter((status) => status !== "passed" && status !== "failed").length;
    if (file.status === "failed" && failed === 0) count.outsideTests.push(`${file.name}: ${file.message}`);
  }
  if (exitCode !== 0 && count.failed === 0 && count.outsideTests.length === 0) {
    count.outsideTests.push(`vitest failed outside of any test (exit ${exitCode}); its words are above.`);
  }
  count.failed += count.outsideTests.length;
  return count;
}

/** Adds up the counts of several runs. */
export function sumOf(counts: readonly TestCount[]): TestCount {
  const sum = (of: (count: TestCount) => number) => counts.reduce((total, count) => total + of(count), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
    outsideTests: counts.flatMap(({ outsideTests }) => outsideTests),
  };
}

/** Test files that took longest, the slowest first, at most `limit`; wall-clock seconds. */
export function slowestFiles(
  reportsJson: readonly string[],
  limit = 10,
): { file: string; seconds: number }[] {
  return reportsJson
    .flatMap(readReport)
    .map(({ name, startTime, endTime }) => ({ file: name, seconds: (endTime - startTime) / 1000 }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, limit);
}

/** The line that ends a test run, for example `312 passed, 0 failed, 2 skipped`. */
export function summaryLine(count: TestCount): string {
  return `${count.passed} passed, ${count.failed} failed${count.skipped > 0 ? `, ${count.skipped} skipped` : ""}`;
}

function readReport(reportJson: string): z.infer<typeof reportSchema>["testResults"] {
  try {
    return reportSchema.parse(JSON.parse(reportJson)).testResults;
  } catch {
    return [];
  }
}
