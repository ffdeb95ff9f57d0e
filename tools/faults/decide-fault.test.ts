import fc from "fast-check";
import { expect, test } from "vitest";
import { decideFault, planEvents, shareFaults, stormMs, stormOf } from "./decide-fault.ts";
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

test("events come in order, about as often as they should, and never twice within one task's puts", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 2, max: 50 }), (seed, times) => {
      const events = planEvents(seed, "kill transcoder", times, 30);
      const gaps = events.map((at, n) => at - (events[n - 1] ?? 0));
      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(15);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(45);
    }),
  );
});

test("even the smallest run kills, cuts off and damages", () => {
  expect(Math.min(...Object.values(shareFaults(1)))).toBe(1);
});

test("a storm lasts some seconds, and the same ones with the same seed", () => {
  fc.assert(
    fc.property(fc.integer(), fc.nat(50), (seed, nth) => {
      expect(stormMs(seed, nth)).toBe(stormMs(seed, nth));
      expect(stormMs(seed, nth)).toBeGreaterThanOrEqual(2000);
      expect(stormMs(seed, nth)).toBeLessThan(8000);
    }),
  );
});

test("every run of ten films has good ones of all shapes and bad ones", () => {
  const ends = Array.from({ length: 15 }, (_, nth) => filmOf(1, nth).end);
  expect(new Set(ends)).toEqual(new Set(["ready", "unsupported_container", "no_video", "truncated"]));
});

test("storms of every kind come, from any first one on", () => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      expect(new Set(Array.from({ length: 6 }, (_, nth) => stormOf(seed, nth).kind)).size).toBe(6);
    }),
  );
});
