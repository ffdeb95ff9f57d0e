import fc from "fast-check";
import { expect, test } from "vitest";
import { decideRetry } from "./decide-retry.ts";
import { maxAttempts } from "./task-lease.ts";

const failure = { code: "transcoder_died", detail: "It died.", log: "", retryable: true, unreachable: false };

test("a transcoder that can't be reached costs the film no attempt", () => {
  expect(decideRetry({ ...failure, unreachable: true }, 99, null)).toMatchObject({
    retry: true,
    countAttempt: false,
  });
});

test("what can't succeed is not tried again", () => {
  const bad = { ...failure, code: "no_video", retryable: false };
  expect(decideRetry(bad, 1, null)).toEqual({
    retry: false,
    error: { code: "no_video", detail: "It died.", log: "" },
  });
});

test("frames that are missing twice are a truncated film", () => {
  const short = { ...failure, code: "short_source" };
  expect(decideRetry(short, 1, null)).toMatchObject({ retry: true });
  expect(decideRetry(short, 2, "short_source")).toMatchObject({ retry: false, error: { code: "truncated" } });
});

test("frames that are missing once, after a transcoder died, prove nothing about the film", () => {
  const short = { ...failure, code: "short_source" };
  expect(decideRetry(short, 2, "transcoder_died")).toMatchObject({ retry: true });
  expect(decideRetry(short, maxAttempts, "transcoder_died")).toMatchObject({ retry: false });
});

test("a film that stops or ends its own task again and again is not tried twelve times", () => {
  const stuck = { ...failure, code: "task_stuck" };
  expect(decideRetry(stuck, 1, null)).toMatchObject({ retry: true });
  expect(decideRetry(stuck, 2, "task_stuck")).toMatchObject({ retry: false, error: { code: "task_stuck" } });
  const died = { ...failure, code: "task_died" };
  expect(decideRetry(died, 2, "task_died")).toMatchObject({ retry: true });
  expect(decideRetry(died, 3, "task_died")).toMatchObject({ retry: false, error: { code: "task_died" } });
});

test("every failure ends, and pauses grow up to five minutes", () => {
  const codes = fc.constantFrom("transcoder_died", "short_source", "encoder_stalled", "storage_unreachable");
  fc.assert(
    fc.property(codes, fc.boolean(), (code, retryable) => {
      let last = 0;
      for (let attempt = 1; attempt <= maxAttempts; attempt++) {
        const decision = decideRetry({ ...failure, code, retryable }, attempt, attempt > 1 ? code : null);
        if (!decision.retry) return;
        expect(decision.delayMs).toBeGreaterThanOrEqual(last);
        expect(decision.delayMs).toBeLessThanOrEqual(5 * 60_000);
        last = decision.delayMs;
      }
      throw new Error("never ends");
    }),
  );
});
