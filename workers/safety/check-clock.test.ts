import { expect, test } from "vitest";
import { type ClockState, checkClock } from "./check-clock.ts";

const dayMs = 86_400_000;
const start = 1_800_000_000_000;

/** Looks at each of these times in turn. @returns the times (since the start) at which nothing was deleted */
function held(times: number[]): { holds: number[]; state: ClockState } {
  let state: ClockState = { trusted: start, jumpedTo: null };
  const holds = times.filter((time) => {
    const { holds: isHeld, ...next } = checkClock(state, start + time);
    state = next;
    return isHeld;
  });
  return { holds, state };
}

test("a clock that goes on is trusted", () => {
  expect(held([1, 2, dayMs, 1.9 * dayMs]).holds).toEqual([]);
});

test("a jump ahead is not, until the clock has gone on from there for a day", () => {
  const year = 365 * dayMs;
  expect(held([1, year, year + dayMs - 1, year + dayMs]).holds).toEqual([year, year + dayMs - 1]);
});

test("a clock that comes back from a jump ahead is trusted as before", () => {
  const { holds, state } = held([1, 365 * dayMs, 2, 3, 365 * dayMs, 4]);
  expect(holds).toEqual([365 * dayMs, 365 * dayMs]);
  expect(state).toEqual({ trusted: start + 4, jumpedTo: null });
});

test("a clock that falls back deletes less, and does not take the trusted time along", () => {
  const { holds, state } = held([10, -365 * dayMs, -365 * dayMs + 1]);
  expect(holds).toEqual([]);
  expect(state.trusted).toBe(start + 10);
});
