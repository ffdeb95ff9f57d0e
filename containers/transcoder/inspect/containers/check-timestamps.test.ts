import fc from "fast-check";
import { expect, test } from "vitest";
import { findHoles } from "../../remux/find-holes.ts";
import { beyondHold, harmlessSeconds, isStretched, longestHoldSeconds } from "./check-timestamps.ts";

const film = (pictures: number[], soundSeconds: number) => ({
  durationSeconds: pictures.reduce((sum, seconds) => sum + seconds, 0),
  heldSeconds: pictures.reduce((sum, seconds) => sum + beyondHold(seconds), 0),
  soundSeconds,
});

test("50 pictures in 196 000 s are a bomb, with a little sound too", () => {
  const pictures = Array.from({ length: 50 }, () => 3920);
  expect(isStretched(film(pictures, 0))).toBe(true);
  expect(isStretched(film(pictures, 2))).toBe(true);
});

test("a film whose clock jumps ahead by ten hours is one", () => {
  expect(isStretched(film([...Array.from({ length: 1500 }, () => 0.04), 36_000], 60))).toBe(true);
});

test("one picture under two hours of talk is none", () => {
  expect(isStretched(film([7200], 7190))).toBe(false);
});

test("no film is one whose pictures never stand longer than a minute, or that is short", () => {
  const seconds = fc.double({ min: 0.001, max: longestHoldSeconds, noNaN: true });
  fc.assert(
    fc.property(fc.array(seconds, { minLength: 1, maxLength: 200 }), (pictures) => {
      expect(isStretched(film(pictures, 0))).toBe(false);
    }),
  );
  expect(isStretched(film([harmlessSeconds], 0))).toBe(false);
});

test("holes in a torn stream are counted in its own pictures", () => {
  const times = Array.from({ length: 250 }, (_, n) => n * 0.04);
  expect(findHoles(times)).toEqual({ lost: 0, damaged: false });
  expect(findHoles(times.filter((_, n) => n < 100 || n >= 150))).toEqual({ lost: 50, damaged: true });
  expect(findHoles(times.filter((_, n) => n < 100 || n >= 108))).toEqual({ lost: 8, damaged: false });
  expect(findHoles([])).toEqual({ lost: 0, damaged: false });
});
