import fc from "fast-check";
import { expect, test } from "vitest";
import { type CachedObject, MemoryCache } from "./memory-cache.ts";

const megabyte = 1024 * 1024;

function object(bytes: number, freshUntil = Number.POSITIVE_INFINITY): CachedObject {
  return { bytes: new Uint8Array(bytes), etag: '"e"', freshUntil, gzip: null };
}

function keep(cache: MemoryCache, path: string, it: CachedObject): boolean {
  const reserved = cache.reserve(path, it.bytes.byteLength);
  if (reserved) cache.put(path, it);
  return reserved;
}

test("small objects have a place at once, large ones when they are asked for again", () => {
  const cache = new MemoryCache();
  const [small, large] = [object(1000), object(megabyte)];
  expect(keep(cache, "small", small)).toBe(true);
  expect(cache.get("small", 0)).toBe(small);
  expect(keep(cache, "large", large)).toBe(false);
  expect(cache.get("large", 0)).toBeNull();
  expect(keep(cache, "large", large)).toBe(true);
  expect(cache.get("large", 0)).toBe(large);
  expect(keep(cache, "huge", object(5 * megabyte)) || keep(cache, "huge", object(5 * megabyte))).toBe(false);
});

test("an object goes when it is no longer fresh", () => {
  const cache = new MemoryCache();
  keep(cache, "a", object(10, 5000));
  expect(cache.get("a", 4999)).not.toBeNull();
  expect(cache.get("a", 5000)).toBeNull();
  expect(cache.get("a", 0)).toBeNull();
});

test("what is being read at one moment is bounded, and room given back counts again", () => {
  const cache = new MemoryCache();
  const paths = Array.from({ length: 5 }, (_, n) => `p${n}`);
  for (const path of paths) cache.reserve(path, 4 * megabyte);
  expect(paths.map((path) => cache.reserve(path, 4 * megabyte))).toEqual([true, true, true, true, false]);
  cache.giveUp(4 * megabyte);
  expect(cache.reserve("p4", 4 * megabyte)).toBe(true);
});

test("whatever is asked for, a cache holds no more than its 24 MiB, and what was asked for last stays", () => {
  const asking = fc.array(
    fc.record({ path: fc.nat({ max: 30 }), size: fc.integer({ min: 1, max: 4 * megabyte }) }),
    {
      maxLength: 80,
    },
  );
  fc.assert(
    fc.property(asking, (requests) => {
      const cache = new MemoryCache();
      const sizes = new Map<string, number>();
      for (const { path, size } of requests) {
        const name = `p${path}`;
        const known = sizes.get(name) ?? size;
        sizes.set(name, known);
        if (cache.get(name, 0) === null && keep(cache, name, object(known))) {
          const here = cache.get(name, 0);
          expect(here?.bytes.byteLength).toBe(known);
          if (here !== null && path % 2 === 0) cache.putGzip(name, here, new Uint8Array(known >> 1));
        }
        const held = [...sizes.keys()].map((one) => cache.get(one, 0)).filter((one) => one !== null);
        const bytes = held.reduce((sum, one) => sum + one.bytes.byteLength + (one.gzip?.byteLength ?? 0), 0);
        expect(bytes).toBeLessThanOrEqual(24 * megabyte);
      }
    }),
    { numRuns: 30 },
  );
});
