import { expect, test } from "vitest";
import { maySearch } from "./search-limit.ts";

test("an address may search 30 times at once, and then twice a second", () => {
  const tries = (address: string | null, now: number, count: number) =>
    Array.from({ length: count }, () => maySearch(address, now)).filter(Boolean).length;
  expect(tries("203.0.113.7", 0, 100)).toBe(30);
  expect(tries("203.0.113.8", 0, 5)).toBe(5);
  expect(tries("203.0.113.7", 3000, 100)).toBe(6);
  expect(tries("203.0.113.7", 2000, 100)).toBe(0);
  expect(tries("203.0.113.7", 9_000_000, 100)).toBe(30);
  expect(tries("2001:db8::1", 0, 20)).toBe(20);
  expect(tries("2001:db8::ffff", 0, 20)).toBe(10);
  expect(tries("2001:db8:0:1::1", 0, 20)).toBe(20);
  expect(tries(null, 0, 100)).toBe(100);
});
