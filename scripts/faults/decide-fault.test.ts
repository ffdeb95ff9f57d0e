import fc from "fast-check";
import { expect, test } from "vitest";
import { decideFault, shareFaults } from "./decide-fault.ts";
import { filmOf } from "./fault-films.ts";

test("the same seed gives the same faults, another seed others", () => {
  const draws = (seed: number) =>
    Array.from({ length: 200 }, (_, n) => decideFault(seed, "message", n)).join();
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      expect(draws(seed)).toBe(draws(seed));
      expect(draws(seed)).not.toBe(draws(seed + 1));
    }),
  );
});

test("of messages 20 % each are dropped, doubled and late", () => {
  const drawn = Array.from({ length: 10_000 }, (_, n) => decideFault(7, "message", n));
  for (const how of ["drop", "duplicate", "reorder"]) {
    const share = drawn.filter((one) => one === how).length / drawn.length;
    expect(share).toBeGreaterThan(0.18);
    expect(share).toBeLessThan(0.22);
  }
});

test("every kind of fault has its share, and they add up", () => {
  fc.assert(
    fc.property(fc.integer({ min: 12, max: 1000 }), (faults) => {
      const { killTranscoder, killWorker, damage, calls } = shareFaults(faults);
      const shares = [killTranscoder, killWorker, damage, ...Object.values(calls)];
      for (const share of shares) expect(share).toBeGreaterThan(0);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(faults + 3);
    }),
  );
});

test("every run of ten films has good ones of all shapes and bad ones", () => {
  const ends = Array.from({ length: 15 }, (_, nth) => filmOf(1, nth).end);
  expect(new Set(ends)).toEqual(new Set(["ready", "unsupported_container", "no_video", "truncated"]));
});
