import { expect, test } from "vitest";
import { audienceCountries, makeAudience } from "./audience.ts";
import { ordinaryScenario, simulateEdge } from "./simulate-edge.ts";
import { hitRatio, writeOutcome } from "./write-outcome.ts";

const small = { ...ordinaryScenario, requests: 60_000, warmUp: 140_000, films: 8 };

test("the audience comes from 249 countries, through 50 locations", () => {
  let draws = 0;
  const draw = () => (draws++ * 0.618_033_988_75) % 1;
  const next = makeAudience(50);
  const viewers = Array.from({ length: 30_000 }, () => next(draw));
  expect(audienceCountries).toHaveLength(249);
  expect(new Set(viewers.map(({ country }) => country)).size).toBe(249);
  expect(new Set(viewers.map(({ location }) => location)).size).toBe(50);
});

test("a small evening hits the cache with our keys, and not with keys that hold more", () => {
  const ours = simulateEdge(small);
  const byCountry = simulateEdge({ ...small, keyOf: (path, { country }) => `${country} ${path}` });
  const byToken = simulateEdge({ ...small, keyOf: (path, _, session) => `${session} ${path}` });
  expect([...ours.counts.values()].reduce((sum, it) => sum + it.location + it.upper + it.origin, 0)).toBe(
    60_000,
  );
  expect(hitRatio(ours, "segment")).toBeGreaterThan(0.75);
  expect(hitRatio(ours, "media_playlist")).toBeGreaterThan(0.85);
  expect(hitRatio(ours, "multivariant")).toBeGreaterThan(0.6);
  for (const name of ["multivariant", "media_playlist", "segment"]) {
    expect(hitRatio(byCountry, name)).toBeLessThan(hitRatio(ours, name));
  }
  expect(hitRatio(byToken, "multivariant")).toBe(0);
  expect(hitRatio(byToken, "segment")).toBe(0);
  // Twelve rules give fewer outcomes than rules; the languages of devices add some.
  expect(ours.mostPlaylistsOfAFilm).toBeGreaterThan(4);
  expect(ours.mostPlaylistsOfAFilm).toBeLessThanOrEqual(14);
  expect(ours.refused).toBeGreaterThan(0);
  expect(writeOutcome(ours)).toMatch(/segment +\d+ +\d/);
});

test("the same seed gives the same evening, another one another", () => {
  const tiny = { ...small, requests: 4000, warmUp: 4000 };
  expect(simulateEdge(tiny)).toEqual(simulateEdge(tiny));
  expect(simulateEdge({ ...tiny, seed: 2 })).not.toEqual(simulateEdge(tiny));
});
