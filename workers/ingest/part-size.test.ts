import fc from "fast-check";
import { expect, test } from "vitest";
import { chunkBytesFor, maxPartBytes, minPartBytes, partBytesFor, plannedParts } from "./part-size.ts";

test("any upload fits into the planned parts, and a part into memory", () => {
  const maxUploadBytes = plannedParts * maxPartBytes;
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: maxUploadBytes }),
      fc.integer({ min: minPartBytes, max: maxPartBytes }),
      (length, partBytes) => {
        const limits = { partBytes, maxUploadBytes };
        for (const size of [partBytesFor(length, limits), partBytesFor(null, limits)]) {
          expect(size * plannedParts).toBeGreaterThanOrEqual(length);
          expect(size).toBeGreaterThanOrEqual(partBytes);
          expect(size).toBeLessThanOrEqual(maxPartBytes);
        }
      },
    ),
  );
});

test("the advised chunk is whole parts where the body limit allows one", () => {
  expect(chunkBytesFor(8_388_608, 100_000_000)).toBe(11 * 8_388_608);
  expect(chunkBytesFor(8_388_608, 1_000_000)).toBe(1_000_000);
});
