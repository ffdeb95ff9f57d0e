import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchSilence } from "./watch-silence.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

test("silence is told once it lasts, and again as long as it does", () => {
  const onSilence = vi.fn();
  const watch = watchSilence(1000, onSilence);
  vi.advanceTimersByTime(5000);
  expect(onSilence).not.toHaveBeenCalled();
  for (let n = 0; n < 5; n++) {
    watch.heard();
    vi.advanceTimersByTime(999);
  }
  expect(onSilence).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1001);
  expect(onSilence).toHaveBeenCalledTimes(2);
  watch.end();
  vi.advanceTimersByTime(5000);
  expect(onSilence).toHaveBeenCalledTimes(2);
});
