import fc from "fast-check";
import { expect, test } from "vitest";
import { HeldBytes, leastHeldBytes, MemoryBudget, mostHeldBytes, segmentBytes } from "./body-memory.ts";

/** Adds noise until it takes no more. @returns the bytes that went in */
function fill(held: HeldBytes): number {
  const some = new Uint8Array(segmentBytes);
  while (held.reserve(some.byteLength)) held.add(some);
  return held.bytes;
}

test("bytes come out as they went in, in pieces of any size, and take no more memory than one segment beyond", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: segmentBytes }), { minLength: 1, maxLength: 20 }),
      (sizes) => {
        const budget = new MemoryBudget(mostHeldBytes);
        const held = new HeldBytes(budget);
        const all: number[] = [];
        for (const [n, size] of sizes.entries()) {
          expect(held.reserve(size)).toBe(true);
          held.add(new Uint8Array(size).fill(n + 1));
          all.push(...new Array<number>(size).fill(n + 1));
        }
        expect(Buffer.concat([...held.segments()]).equals(Buffer.from(all))).toBe(true);
        expect(budget.take(mostHeldBytes - held.bytes - segmentBytes)).toBe(true);
        held.clear();
        expect(held.bytes).toBe(0);
        expect([...held.segments()]).toEqual([]);
      },
    ),
    { numRuns: 30 },
  );
});

test("many that hold together stay within the budget, but for the least that each has", () => {
  const budget = new MemoryBudget(4 * mostHeldBytes);
  const all = Array.from({ length: 20 }, () => new HeldBytes(budget));
  const sizes = all.map(fill);
  expect(sizes.slice(0, 4)).toEqual(new Array(4).fill(mostHeldBytes));
  expect(sizes.slice(4)).toEqual(new Array(16).fill(leastHeldBytes));
  for (const held of all) held.clear();
  expect(budget.take(4 * mostHeldBytes)).toBe(true);
});
