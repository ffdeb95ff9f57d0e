import { expect, test } from "vitest";
import { Stillness, stillMs, stoppedMs } from "./stillness.ts";

let now = 0;
const clock = (): number => now;
const running = (cpuSeconds: number) => ({ state: "S", cpuSeconds });

/** Looks each second. @returns the time after which it is found still; null when it never is */
function look(
  stillness: Stillness,
  seconds: number,
  sample: (second: number) => Parameters<Stillness["isStill"]>,
): number | null {
  const from = now;
  for (let second = 1; second <= seconds; second++) {
    now = from + second * 1000;
    if (stillness.isStill(...sample(second))) return now - from;
  }
  return null;
}

test("a tool that computes is left alone, however long it says nothing", () => {
  expect(look(new Stillness(clock), 3600, (second) => [running(second / 100), false])).toBeNull();
});

test("one that neither computes nor speaks hangs", () => {
  expect(look(new Stillness(clock), 3600, () => [running(5), false])).toBe(stillMs + 2000);
  const speaking = new Stillness(clock);
  expect(
    look(speaking, 3600, () => {
      speaking.moved();
      return [running(5), false];
    }),
  ).toBeNull();
});

test("one whose output nobody takes waits for us", () => {
  expect(look(new Stillness(clock), 3600, () => [running(5), true])).toBeNull();
});

test("one that a signal has stopped is not waited for, but a short stop does no harm", () => {
  const stopped = { state: "T", cpuSeconds: 1 };
  expect(look(new Stillness(clock), 3600, () => [stopped, false])).toBe(stoppedMs + 1000);
  const resumed = new Stillness(clock);
  const states = (second: number) => (second % 9 === 0 ? running(second) : stopped);
  expect(look(resumed, 3600, (second) => [states(second), false])).toBeNull();
});
