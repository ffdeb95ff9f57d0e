import fc from "fast-check";
import { expect, test } from "vitest";
import { type CachedObject, MemoryCache } from "./memory-cache.ts";

const megabyte = 1024 * 1024;

function object(bytes: number, freshUntil = Number.POSITIVE_INFINITY): CachedObject {
  return { bytes: new Uint8Array(bytes), etag: '"e"', freshUntil, gzip: null };
}

function keep(shelf: MemoryCache, path: string, it: CachedObject): boolean {
  const reserved = shelf.reserve(path, it.bytes.byteLength);
  if (reserved) shelf.put(path, it);
  return reserved;
}

test("small objects have a place at once, large ones when they are asked for again", () => {
  const shelf = new MemoryCache();
  const [small, large] = [object(1000), object(megabyte)];
  expect(keep(shelf, "small", small)).toBe(true);
  expect(shelf.get("small", 0)).toBe(small);
  expect(keep(shelf, "large", large)).toBe(false);
  expect(shelf.get("large", 0)).toBeNull();
  expect(keep(shelf, "large", large)).toBe(true);
  expect(shelf.get("large", 0)).toBe(large);
  expect(keep(shelf, "huge", object(5 * megabyte)) || keep(shelf, "huge", object(5 * megabyte))).toBe(false);
});

test("an object goes when it is no longer fresh", () => {
  const shelf = new MemoryCache();
  keep(shelf, "a", object(10, 5000));
  expect(shelf.get("a", 4999)).not.toBeNull();
  expect(shelf.get("a", 5000)).toBeNull();
  expect(shelf.get("a", 0)).toBeNull();
});

test("what is being read at one moment is bounded, and room given back counts again", () => {
  const shelf = new MemoryCache();
  const paths = Array.from({ length: 5 }, (_, n) => `p${n}`);
  for (const path of paths) shelf.reserve(path, 4 * megabyte);
  expect(paths.map((path) => shelf.reserve(path, 4 * megabyte))).toEqual([true, true, true, true, false]);
  shelf.giveUp(4 * megabyte);
  expect(shelf.reserve("p4", 4 * megabyte)).toBe(true);
});

test("whatever is asked for, a shelf holds no more than its 24 MiB, and what was asked for last stays", () => {
  const asking = fc.array(
    fc.record({ path: fc.nat({ max: 30 }), size: fc.integer({ min: 1, max: 4 * megabyte }) }),
    {
      maxLength: 80,
    },
  );
  fc.assert(
    fc.property(asking, (requests) => {
      const shelf = new MemoryCache();
      const sizes = new Map<string, number>();
      for (const { path, size } of requests) {
        const name = `p${path}`;
        const known = sizes.get(name) ?? size;
        sizes.set(name, known);
        if (shelf.get(name, 0) === null && keep(shelf, name, object(known))) {
          const here = shelf.get(name, 0);
          expect(here?.bytes.byteLength).toBe(known);
          if (here !== null && path % 2 === 0) shelf.putGzip(name, here, new Uint8Array(known >> 1));
        }
        const held = [...sizes.keys()].map((one) => shelf.get(one, 0)).filter((one) => one !== null);
        const bytes = held.reduce((sum, one) => sum + one.bytes.byteLength + (one.gzip?.byteLength ?? 0), 0);
        expect(bytes).toBeLessThanOrEqual(24 * megabyte);
      }
    }),
    { numRuns: 30 },
  );
});
