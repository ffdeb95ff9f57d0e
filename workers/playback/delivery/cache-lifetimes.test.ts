import fc from "fast-check";
import { expect, test } from "vitest";
import {
  freshUntil,
  mediaForViewer,
  multivariantAtTheEdge,
  multivariantForViewer,
  refusalForViewer,
} from "./cache-lifetimes.ts";

const now = 1_800_000_000_000;

test("without a change ahead lifetimes are as long as they can be", () => {
  expect(multivariantAtTheEdge(null, now)).toBe("public, max-age=300, stale-while-revalidate=86400");
  expect(multivariantForViewer(7200, null, now)).toBe("private, max-age=15");
  expect(mediaForViewer(7200, null, now)).toBe("private, max-age=7200, immutable");
  expect(refusalForViewer(null, now)).toBe("private, max-age=5");
});

test("with a change in less than a second, nothing is kept", () => {
  expect(multivariantAtTheEdge(now + 999, now)).toBe("no-store");
  expect(multivariantForViewer(7200, now + 999, now)).toBe("private, no-cache");
  expect(mediaForViewer(7200, now + 999, now)).toBe("private, no-cache");
  expect(mediaForViewer(0, null, now)).toBe("private, no-cache");
  expect(refusalForViewer(now + 999, now)).toBe("no-store");
});

test("no lifetime, stale life included, reaches past the next change or the token's end", () => {
  const change = fc.option(fc.integer({ min: -10_000, max: 10_000_000 }));
  fc.assert(
    fc.property(change, fc.integer({ min: 0, max: 100_000 }), (ahead, tokenSeconds) => {
      const changesAt = ahead === null ? null : now + ahead;
      const seconds = (value: string) =>
        [...value.matchAll(/(?:max-age|stale-while-revalidate)=([0-9]+)/g)].reduce(
          (sum, [, n]) => sum + Number(n),
          0,
        );
      const left = Math.max(0, (ahead ?? Number.POSITIVE_INFINITY) / 1000);
      expect(seconds(multivariantAtTheEdge(changesAt, now))).toBeLessThanOrEqual(left);
      expect(seconds(refusalForViewer(changesAt, now))).toBeLessThanOrEqual(left);
      for (const of of [multivariantForViewer, mediaForViewer]) {
        expect(seconds(of(tokenSeconds, changesAt, now))).toBeLessThanOrEqual(Math.min(left, tokenSeconds));
      }
    }),
  );
});

test("a copy is fresh for its max-age less the age that it came with", () => {
  const until = (headers: Record<string, string>) => freshUntil(new Headers(headers), now) - now;
  expect(until({ "Cache-Control": "public, max-age=300, stale-while-revalidate=86400" })).toBe(300_000);
  expect(until({ "Cache-Control": "public, max-age=300", Age: "100" })).toBe(200_000);
  expect(until({ "Cache-Control": "public, max-age=300", Age: "1000" })).toBe(0);
  expect(until({ "Cache-Control": "no-store" })).toBe(0);
  expect(until({ "Cache-Control": "s-max-age=9" })).toBe(0);
  expect(until({})).toBe(0);
});
