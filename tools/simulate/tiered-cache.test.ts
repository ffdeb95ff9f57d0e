import { expect, test } from "vitest";
import { TieredCache } from "./tiered-cache.ts";

const forever = { bytes: 10, freshSeconds: Number.POSITIVE_INFINITY, staleSeconds: 0 };

function network(locationBytes = 1000, upperBytes = 1000) {
  const cache = new TieredCache({ locations: 4, upperTiers: 2, locationBytes, upperBytes });
  let reads = 0;
  const ask = (key: string, location: number, now = 0, answer = forever) =>
    cache.ask(key, location, now, () => {
      reads++;
      return answer;
    });
  return { ask, reads: () => reads };
}

test("the first asks the origin, its location then answers, and others of its upper tier ask that", () => {
  const { ask } = network();
  expect([ask("a", 0), ask("a", 0), ask("a", 2), ask("a", 2), ask("a", 1)]).toEqual([
    "origin",
    "location",
    "upper",
    "location",
    "origin",
  ]);
});

test("a stale copy still answers, once, and the next one is fresh; after its stale life it is gone", () => {
  const { ask, reads } = network();
  const playlist = { bytes: 10, freshSeconds: 60, staleSeconds: 600 };
  expect(ask("p", 0, 0, playlist)).toBe("origin");
  expect(ask("p", 0, 59, playlist)).toBe("location");
  const before = reads();
  expect(ask("p", 0, 61, playlist)).toBe("location");
  expect(reads()).toBe(before + 1);
  expect(ask("p", 0, 120, playlist)).toBe("location");
  expect(reads()).toBe(before + 1);
  expect(ask("p", 0, 2000, playlist)).toBe("origin");
});

test("what was used longest ago makes room", () => {
  const { ask } = network(20, 20);
  ask("a", 0);
  ask("b", 0);
  expect(ask("a", 0)).toBe("location");
  ask("c", 0);
  expect(ask("a", 0)).toBe("location");
  expect(ask("b", 0)).toBe("upper");
});

test("what may not be kept is not", () => {
  const { ask } = network();
  const never = { bytes: 10, freshSeconds: 0, staleSeconds: 0 };
  expect([ask("n", 0, 0, never), ask("n", 0, 0, never)]).toEqual(["origin", "origin"]);
});
