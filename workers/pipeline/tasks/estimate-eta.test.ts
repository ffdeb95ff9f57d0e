import fc from "fast-check";
import { expect, test } from "vitest";
import { estimateEta } from "./estimate-eta.ts";

const work = fc.record({
  plannedSeconds: fc.double({ min: -10, max: 1e6, noNaN: true }),
  pace: fc.option(fc.double({ min: 0, max: 1e6, noNaN: true })),
});

const other = fc.record({
  seconds: fc.double({ min: 0, max: 1e6, noNaN: true }),
  assets: fc.integer({ min: 1, max: 1000 }),
});

test("alone on one transcoder, it is what is left at the pace so far", () => {
  expect(estimateEta({ plannedSeconds: 100, pace: 0.5 }, [], 3, 1)).toBe(51);
  expect(estimateEta({ plannedSeconds: 100, pace: null }, [], 3, 1)).toBe(301);
});

test("a short clip beside a long film waits for as much of it as it needs itself, not for all of it", () => {
  expect(estimateEta({ plannedSeconds: 10, pace: 1 }, [{ seconds: 5000, assets: 1 }], null, 1)).toBe(21);
});

test("it is never negative, and never shorter for having more company or fewer transcoders", () => {
  fc.assert(
    fc.property(
      work,
      fc.array(other, { maxLength: 5 }),
      other,
      fc.integer({ min: 1, max: 50 }),
      (own, others, more, slots) => {
        const eta = estimateEta(own, others, 1, slots);
        expect(eta).toBeGreaterThanOrEqual(1);
        expect(Number.isFinite(eta)).toBe(true);
        expect(estimateEta(own, [...others, more], 1, slots)).toBeGreaterThanOrEqual(eta);
        expect(estimateEta(own, others, 1, slots + 1)).toBeLessThanOrEqual(eta);
      },
    ),
  );
});
