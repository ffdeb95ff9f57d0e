import fc from "fast-check";
import { expect, test } from "vitest";
import { sliceRange } from "./slice-range.ts";

/** The bytes that a single range names, found by asking each byte whether it is in it. */
function bruteForce(first: number | null, last: number | null, size: number): number[] {
  const all = Array.from({ length: size }, (_, position) => position);
  if (first === null) return all.filter((position) => size - position <= (last ?? 0));
  return all.filter((position) => position >= first && (last === null || position <= last));
}

test("single ranges are what a brute-force slicer says", () => {
  const position = fc.nat({ max: 40 });
  fc.assert(
    fc.property(fc.option(position), fc.option(position), fc.nat({ max: 30 }), (first, last, size) => {
      fc.pre(first !== null || last !== null);
      const decision = sliceRange(`bytes=${first ?? ""}-${last ?? ""}`, size);
      const expected = bruteForce(first, last, size);
      if (first !== null && last !== null && last < first) expect(decision).toEqual({ kind: "whole" });
      else if (first === null && size === 0 && last !== 0) expect(decision).toEqual({ kind: "whole" });
      else if (expected.length === 0) expect(decision).toEqual({ kind: "unsatisfiable" });
      else expect(decision).toEqual({ kind: "slice", start: expected[0], end: expected.at(-1) });
    }),
    { numRuns: 1000 },
  );
});

test.each([
  "",
  "bytes",
  "bytes=",
  "bytes=-",
  "bytes=a-b",
  "bytes=0-1,4-5",
  "bytes=0 -1",
  "bytes=+0-1",
  "bytes=1.5-2",
  "bytes=0x1-2",
  "bytes=٠-٣",
  "seconds=0-1",
  "bytes=5-2",
  "bytes=0-1\n",
])("%j gives everything or a valid slice, never an error", (header) => {
  const decision = sliceRange(header, 10);
  expect(decision).toEqual(
    header === "bytes=0-1\n" ? { kind: "slice", start: 0, end: 1 } : { kind: "whole" },
  );
});

test("the unit's case does not matter, and huge numbers are only large", () => {
  expect(sliceRange("Bytes=2-", 10)).toEqual({ kind: "slice", start: 2, end: 9 });
  expect(sliceRange(`bytes=0-${"9".repeat(400)}`, 10)).toEqual({ kind: "slice", start: 0, end: 9 });
  expect(sliceRange(`bytes=-${"9".repeat(400)}`, 10)).toEqual({ kind: "slice", start: 0, end: 9 });
  expect(sliceRange(`bytes=${"9".repeat(400)}-`, 10)).toEqual({ kind: "unsatisfiable" });
});

test("any text at all is answered", () => {
  fc.assert(
    fc.property(fc.string(), fc.nat(), (text, size) => {
      const decision = sliceRange(`bytes=${text}`, size);
      if (decision.kind !== "slice") return;
      expect(decision.start).toBeGreaterThanOrEqual(0);
      expect(decision.end).toBeGreaterThanOrEqual(decision.start);
      expect(decision.end).toBeLessThan(size);
    }),
  );
});
