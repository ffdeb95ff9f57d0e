import { expect, test } from "vitest";
import { summarizeStartup, writeStartupSummary } from "./summarize-startup.ts";

const times = (start: number) => ({ ready: 50, start, total: 50 + start, seek: start / 2 });

test("medians of both pages, and their ratio; one slow run bends nothing", () => {
  const summary = summarizeStartup([
    { marquee: times(110), bare: times(100) },
    { marquee: times(5000), bare: times(98) },
    { marquee: times(104), bare: times(3000) },
  ]);
  expect(summary.marquee.start).toBe(110);
  expect(summary.bare.start).toBe(100);
  expect(summary.ratios.start).toBeCloseTo(1.1);
  expect(writeStartupSummary(summary)).toMatch(/click to first frame +110 +100 +1\.10/);
});
