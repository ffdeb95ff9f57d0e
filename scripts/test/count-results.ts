import { z } from "zod";

const reportSchema = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().default(""),
      assertionResults: z.array(z.object({ status: z.string() })),
    }),
  ),
});

/** How a test run ended. */
export interface TestCount {
  passed: number;
  failed: number;
  skipped: number;
  /** What failed without being a test: a file that does not load, an error after the tests, no report at all. */
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
