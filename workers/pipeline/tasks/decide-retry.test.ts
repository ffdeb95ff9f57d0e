import fc from "fast-check";
import { expect, test } from "vitest";
import { type AttemptFailure, decideRetry } from "./decide-retry.ts";
import { maxAttempts, maxDeaths } from "./task-lease.ts";

const told: AttemptFailure = {
  ...{ code: "transcoder_broken", detail: "It broke.", log: "", retryable: true, end: "told" },
};
const died: AttemptFailure = { ...told, code: "transcoder_died", detail: "It died.", end: "died" };

const task = (attempts: number, errorCode: string | null = null, deaths = 0) => ({
  ...{ attempts, deaths, errorCode },
});

test("a transcoder that can't be reached costs the film no attempt", () => {
  expect(decideRetry({ ...told, end: "unreachable" }, task(99))).toMatchObject({
    ...{ retry: true, countsAs: "nothing" },
  });
});

test("what can't succeed is not tried again", () => {
  const bad = { ...told, code: "no_video", retryable: false };
  expect(decideRetry(bad, task(1))).toEqual({
    retry: false,
    error: { code: "no_video", detail: "It broke.", log: "" },
  });
});

test("frames that are missing twice are a truncated film", () => {
  const short = { ...told, code: "short_source" };
  expect(decideRetry(short, task(1))).toMatchObject({ retry: true });
  expect(decideRetry(short, task(2, "short_source"))).toMatchObject({
    ...{ retry: false, error: { code: "truncated" } },
  });
});

test("frames that are missing once, after a transcoder died, prove nothing about the film", () => {
  const short = { ...told, code: "short_source" };
  expect(decideRetry(short, task(2, "transcoder_died"))).toMatchObject({ retry: true });
  expect(decideRetry(short, task(maxAttempts, "transcoder_died"))).toMatchObject({ retry: false });
});

test("a film that ends its transcoder each time fails after a few deaths, with a code that says so", () => {
  for (let deaths = 0; deaths < maxDeaths - 1; deaths++) {
    expect(decideRetry(died, task(1, "transcoder_died", deaths))).toMatchObject({
      ...{ retry: true, countsAs: "death" },
    });
  }
  expect(decideRetry(died, task(1, "transcoder_died", maxDeaths - 1))).toMatchObject({
    ...{ retry: false, error: { code: "task_keeps_dying" } },
  });
});

test("deaths are no attempts, and attempts no deaths", () => {
  expect(decideRetry(told, task(maxAttempts - 1, null, maxDeaths - 1))).toMatchObject({
    countsAs: "attempt",
  });
  expect(decideRetry(died, task(maxAttempts, null, 0))).toMatchObject({ countsAs: "death" });
});

test("a task's own process that was killed may have been in a neighbour's way: a death too, with its own words at the end", () => {
  const killed = { ...told, code: "task_died", detail: "It ended in its middle." };
  expect(decideRetry(killed, task(1))).toMatchObject({ countsAs: "death" });
  expect(decideRetry(killed, task(1, "task_died", maxDeaths - 1))).toMatchObject({
    ...{ retry: false, error: { code: "task_died", detail: "It ended in its middle." } },
  });
});

test("a film that stops its own task again and again is not tried twelve times", () => {
  const stuck = { ...told, code: "task_stuck" };
  expect(decideRetry(stuck, task(1))).toMatchObject({ retry: true });
  expect(decideRetry(stuck, task(2, "task_stuck"))).toMatchObject({
    ...{ retry: false, error: { code: "task_stuck" } },
  });
});

test("every failure ends, and pauses grow up to five minutes", () => {
  const codes = fc.constantFrom("task_stuck", "short_source", "encoder_stalled", "storage_unreachable");
  const ends = fc.constantFrom("told" as const, "died" as const);
  fc.assert(
    fc.property(codes, fc.boolean(), ends, (code, retryable, end) => {
      let last = 0;
      let row = task(1);
      for (let begun = 1; begun <= maxAttempts; begun++) {
        const decision = decideRetry({ ...told, code, retryable, end }, row);
        if (!decision.retry) return;
        expect(decision.delayMs).toBeGreaterThanOrEqual(last);
        expect(decision.delayMs).toBeLessThanOrEqual(5 * 60_000);
        last = decision.delayMs;
        const deaths = row.deaths + (decision.countsAs === "death" ? 1 : 0);
        row = task(begun + 1 - deaths, code, deaths);
      }
      throw new Error("never ends");
    }),
  );
});
