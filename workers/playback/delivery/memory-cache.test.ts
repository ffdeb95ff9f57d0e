import fc from "fast-check";
import { expect, test } from "vitest";
import { topKbps } from "../../shared/ladder-boxes.ts";
import { type CachedObject, cacheSizes, MemoryCache } from "./memory-cache.ts";

const megabyte = 1_000_000;
const { largest, capacity, reading } = cacheSizes(topKbps);

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
  const [top, huge] = [object(largest), object(largest + 1)];
  expect([keep(cache, "top", top), keep(cache, "top", top)]).toEqual([false, true]);
  expect(keep(cache, "huge", huge) || keep(cache, "huge", huge)).toBe(false);
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
  const quarter = reading / 4;
  for (const path of paths) cache.reserve(path, quarter);
  expect(paths.map((path) => cache.reserve(path, quarter))).toEqual([true, true, true, true, false]);
  cache.giveUp(quarter);
  expect(cache.reserve("p4", quarter)).toBe(true);
});

test("whatever is asked for, a cache holds no more than its capacity, and what was asked for last stays", () => {
  const asking = fc.array(
    fc.record({ path: fc.nat({ max: 30 }), size: fc.integer({ min: 1, max: largest }) }),
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
        expect(bytes).toBeLessThanOrEqual(capacity);
      }
    }),
    { numRuns: 30 },
  );
});

test("segments at the top rung's cap are kept, two at least, whatever the ladder's top is", () => {
  for (const kbps of [400, 6000, 10_000, 16_000, 25_000]) {
    const sizes = cacheSizes(kbps);
    const cache = new MemoryCache(sizes);
    for (const path of ["a", "a", "b", "b"]) keep(cache, path, object(kbps * 750));
    expect([cache.get("a", 0) !== null, cache.get("b", 0) !== null]).toEqual([true, true]);
  }
  // Half of an isolate's 128 MB at most, whatever is asked for: the rest is for documents and code.
  for (const kbps of [400, 6000, 25_000, 1_000_000]) {
    const sizes = cacheSizes(kbps);
    expect(sizes.capacity + sizes.reading).toBeLessThanOrEqual(64 * megabyte);
    expect(sizes.largest).toBeLessThanOrEqual(Math.min(sizes.reading, sizes.capacity));
  }
});

test("a larger top rung makes room for its segments, as long as an isolate has any", () => {
  expect(cacheSizes(6000)).toEqual({ largest: 4_500_000, capacity: 27_000_000, reading: 18_000_000 });
  expect(cacheSizes(10_000)).toEqual({ largest: 7_500_000, capacity: 38_400_000, reading: 25_600_000 });
});
