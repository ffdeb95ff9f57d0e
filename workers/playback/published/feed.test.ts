import fc from "fast-check";
import { expect, test } from "vitest";
import { addToFeed, compareFeeds, type Feed, newFeed, parseFeed, stampOf, writeFeed } from "./feed.ts";

const named = (feed: Feed, ...keys: string[]) =>
  addToFeed(
    feed,
    keys.map((key) => ({ key, isGone: false })),
  );

test("a feed survives its JSON, tombstones and all", () => {
  const feed = addToFeed(named(newFeed("e1"), "assets/a", "titles/b"), [{ key: "assets/a", isGone: true }]);
  expect(parseFeed(writeFeed(feed))).toEqual(feed);
  expect(writeFeed(feed)).toBe(
    '{"epoch":"e1","base":0,"last":3,"changes":[[2,"titles/b"],[3,"assets/a",1]]}',
  );
  expect(() => parseFeed("{}")).toThrow();
  expect(() => parseFeed('{"epoch":"../x","base":0,"last":0,"changes":[]}')).toThrow();
});

test("a key's stamp is its newest change, and else the base", () => {
  const feed = named(newFeed("e1"), "a", "b", "a");
  expect([stampOf(feed, "a"), stampOf(feed, "b"), stampOf(feed, "c")]).toEqual(["e1-3", "e1-2", "e1-0"]);
});

test("a feed that has grown too long is cut, and its base says from where on it is whole", () => {
  let feed = newFeed("e1");
  for (let n = 1; n <= 1001; n++) feed = named(feed, `k${n}`);
  expect([feed.base, feed.last, feed.changes.size]).toEqual([501, 1001, 500]);
  expect([stampOf(feed, "k501"), stampOf(feed, "k502")]).toEqual(["e1-501", "e1-502"]);
});

test("the step from one feed to another says what it makes stale", () => {
  const before = named(newFeed("e1"), "a", "b");
  const after = named(before, "c", "a");
  expect(compareFeeds(before, after)).toEqual({ kind: "named", keys: ["c", "a"] });
  expect(compareFeeds(before, before)).toEqual({ kind: "named", keys: [] });
  expect(compareFeeds(after, before)).toEqual({ kind: "older" });
  expect(compareFeeds(before, { ...after, epoch: "e2" })).toEqual({ kind: "foreign" });
  expect(compareFeeds(before, { ...after, base: 2 })).toMatchObject({ kind: "named" });
  expect(compareFeeds(before, { ...after, base: 3 })).toEqual({ kind: "everything" });
});

test("whoever follows the feed at any pace never misses a change", () => {
  const steps = fc.array(
    fc.record({ keys: fc.array(fc.nat(1500), { maxLength: 300 }), looks: fc.boolean() }),
    {
      maxLength: 30,
    },
  );
  fc.assert(
    fc.property(steps, (all) => {
      let feed = newFeed("e");
      let known = feed;
      const changed = new Set<string>();
      for (const { keys, looks } of all) {
        const names = keys.map((key) => `k${key}`);
        feed = named(feed, ...names);
        for (const name of names) changed.add(name);
        if (!looks) continue;
        const step = compareFeeds(known, feed);
        expect(["named", "everything"]).toContain(step.kind);
        if (step.kind === "named") expect(new Set(step.keys)).toEqual(changed);
        known = feed;
        changed.clear();
      }
      expect(feed.changes.size).toBeLessThanOrEqual(1000);
    }),
    { numRuns: 50 },
  );
});
