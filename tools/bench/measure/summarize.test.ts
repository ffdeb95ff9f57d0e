import { expect, test } from "vitest";
import { median, summarize, writeSummary } from "./summarize.ts";

const cost = (wallSeconds: number) => ({ wallSeconds, cpuSeconds: wallSeconds * 2, bytes: 1000 });

test("the median of values", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(median([])).toBeNaN();
});

test("ratios are taken within a run, so a machine that slows down for one run does not bend them", () => {
  const summary = summarize([
    { atOnce: cost(10), inSequence: cost(20), pipeline: cost(11) },
    { atOnce: cost(30), inSequence: cost(60), pipeline: cost(33) },
    { atOnce: cost(10), inSequence: cost(20), pipeline: cost(11) },
  ]);
  expect(summary.ratios.toAtOnce).toBeCloseTo(1.1);
  expect(summary.ratios.toInSequence).toBeCloseTo(0.55);
  expect(summary.pipeline.wallSeconds).toBe(11);
  expect(writeSummary(summary)).toContain("c/a  wall 1.100");
});
