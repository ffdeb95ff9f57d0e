import { expect, test } from "vitest";
import { type Round, summarizeEdge, writeEdgeSummary } from "./summarize-edge.ts";

const measured = (requestsPerSecond: number, cpuMicroseconds: number) => ({
  ...{ requestsPerSecond, cpuMicroseconds },
  ...{ p50: 1, p99: 2 },
});

const round = (slowness: number): Round => ({
  gateway: measured(800 / slowness, 120 * slowness),
  trivial: measured(1000 / slowness, 100 * slowness),
  nginx: measured(4000 / slowness, 30 * slowness),
});

test("ratios are taken within a round, so that a machine that slows down does not bend them", () => {
  const summary = summarizeEdge([round(1), round(3), round(1)]);
  expect(summary.cpuToTrivial).toBeCloseTo(1.2);
  expect(summary.rateToTrivial).toBeCloseTo(0.8);
  expect(summary.cpuToNginx).toBeCloseTo(4);
  expect(summary.rateToNginx).toBeCloseTo(0.2);
  expect(summary.medians.gateway).toEqual(measured(800, 120));
  expect(writeEdgeSummary("a segment", 1000, summary)).toContain("CPU 1.20×, requests/s 0.80×");
});
