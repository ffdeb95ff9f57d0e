import { expect, test } from "vitest";
import { longTail, premiere, simulateAudience } from "./simulate-audience.ts";
import { writeAudience } from "./write-audience.ts";

/** The hundredth part of a million: what counts per isolate is the same, so figures are held against a hundredth too. */
const share = 100;

const most = (seconds: { database: number }[]) => Math.max(...seconds.map(({ database }) => database));
const sum = (seconds: { feed: number }[]) => seconds.reduce((total, { feed }) => total + feed, 0);

test("a premiere reaches the database as little as a quiet night, and the feed once in ten seconds an isolate", async () => {
  const scenario = { ...premiere, viewers: premiere.viewers / share };
  const seconds = await simulateAudience(scenario);
  expect(seconds).toHaveLength(120);
  // Publishing doesn't grow with the audience, so not even the whole of it comes near a hundredth of 500 a second.
  expect(seconds.reduce((total, { database }) => total + database, 0) / seconds.length).toBeLessThanOrEqual(
    500 / share,
  );
  expect(most(seconds)).toBeLessThanOrEqual(500);
  const isolates = scenario.viewers / scenario.viewersPerIsolate;
  expect(sum(seconds)).toBeLessThanOrEqual(isolates * 13);
  expect(Math.max(...seconds.slice(1).map(({ storage }) => storage))).toBeLessThanOrEqual(20);
  expect(writeAudience(scenario, seconds, share)).toMatch(/statements in D1 +\d+ +\d+/);
});

test("so does a long tail; storage sees documents once a tier", async () => {
  const seconds = await simulateAudience({
    ...longTail,
    ...{ viewers: longTail.viewers / share, films: longTail.films / 10, warmUpSeconds: 30, seconds: 30 },
  });
  expect(seconds.reduce((total, { database }) => total + database, 0) / seconds.length).toBeLessThanOrEqual(
    100,
  );
  expect(most(seconds)).toBeLessThanOrEqual(100);
  expect(seconds.every(({ documents, requests }) => documents < requests)).toBe(true);
});

test("whoever changes much reaches the database as often, whatever the audience is", async () => {
  const busy = { ...premiere, viewers: 1000, changesPerSecond: 4, seconds: 20 };
  const [small, large] = [await simulateAudience(busy), await simulateAudience({ ...busy, viewers: 8000 })];
  expect(small.map(({ database }) => database)).toEqual(large.map(({ database }) => database));
});
