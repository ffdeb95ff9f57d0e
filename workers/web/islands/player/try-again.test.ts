import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { pauseBefore, tryAgain } from "./try-again.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

test("pauses grow to a quarter of a minute; a service that asks for a longer one gets it, up to a minute", () => {
  expect([1, 2, 3, 4, 5, 6, 50].map((failures) => pauseBefore(failures, null))).toEqual([
    ...[1000, 2000, 4000, 8000, 15_000, 15_000, 15_000],
  ]);
  expect(pauseBefore(1, 5000)).toBe(5000);
  expect(pauseBefore(5, 5000)).toBe(15_000);
  expect(pauseBefore(1, 3_600_000)).toBe(60_000);
});

test("it is tried until it works, and then no more", () => {
  const act = vi.fn(() => retries.failed(null));
  const retries = tryAgain(act);
  retries.failed(null);
  retries.failed(null);
  vi.advanceTimersByTime(60_000);
  expect(act).toHaveBeenCalledTimes(6);
  retries.worked();
  vi.advanceTimersByTime(600_000);
  expect(act).toHaveBeenCalledTimes(6);
  act.mockReturnValue(undefined);
  retries.failed(null);
  vi.advanceTimersByTime(1000);
  expect(act).toHaveBeenCalledTimes(7);
});
