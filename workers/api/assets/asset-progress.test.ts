import fc from "fast-check";
import { expect, test } from "vitest";
import { type AssetState, assetProgress } from "./asset-progress.ts";
import type { KindWork } from "./count-work.ts";

const none = { total: 1, done: 0, failed: 0, running: 0, completed: 0, cpuSeconds: 0 };
const done = { total: 1, done: 1, failed: 0, running: 0, completed: 1, cpuSeconds: 2 };
const states = (progress: ReturnType<typeof assetProgress>) =>
  progress.stages.map((stage) => `${stage.name} ${stage.status} ${stage.fraction}`);

test("before the plan every stage waits", () => {
  expect(states(assetProgress({ status: "waiting", work: "open" }, [], 42))).toEqual([
    "inspect waiting 0",
    "video waiting 0",
    "audio waiting 0",
    "poster waiting 0",
    "publish waiting 0",
  ]);
});

test("running tasks count with their fractions, and the time left is the pipeline's estimate", () => {
  const work: KindWork[] = [
    { kind: "inspect", ...done },
    { kind: "video", ...none, total: 4, done: 1, running: 1, completed: 1.5 },
    { kind: "audio", ...none },
    { kind: "poster", ...done },
  ];
  const progress = assetProgress({ status: "preparing", work: "open" }, work, 42);
  expect(states(progress)).toContain("video running 0.375");
  expect(progress.fraction).toBeCloseTo(0.03 + 0.75 * 0.375 + 0.03, 3);
  expect(progress.eta_seconds).toBe(42);
  // The poster's; looking at the source is no encoding.
  expect(progress.encoder_seconds).toBe(2);
});

test("a film without sound has no such stage once it is planned", () => {
  const work: KindWork[] = [
    { kind: "inspect", ...done },
    { kind: "video", ...done },
    { kind: "poster", ...done },
  ];
  const progress = assetProgress({ status: "preparing", work: "open" }, work, 42);
  expect(states(progress)).toEqual(["inspect done 1", "video done 1", "poster done 1", "publish running 0"]);
});

test("a ready film is done, but not while renditions are still being made", () => {
  expect(assetProgress({ status: "ready", work: "done" }, [], 42)).toMatchObject({
    fraction: 1,
    eta_seconds: 0,
  });
  const work: KindWork[] = [
    { kind: "inspect", ...done },
    { kind: "video", ...done, total: 2 },
  ];
  const progress = assetProgress({ status: "ready", work: "open" }, work, 42);
  expect(progress.fraction).toBeLessThan(1);
  expect(states(progress)).toContain("video running 0.5");
  expect(states(progress)).toContain("publish waiting 0");
});

test("an errored film has a failed stage, and promises no time", () => {
  const progress = assetProgress(
    { status: "errored", work: "failed" },
    [{ kind: "inspect", ...none, failed: 1 }],
    42,
  );
  expect(states(progress)[0]).toBe("inspect failed 0");
  expect(progress.eta_seconds).toBeNull();
  expect(states(assetProgress({ status: "errored", work: "failed" }, [], 42))[0]).toBe("inspect failed 0");
});

test("whatever the tasks, fractions lie in 0…1, and only a finished film is at 1", () => {
  const kind = fc.constantFrom<KindWork["kind"]>("inspect", "remux", "video", "audio", "poster");
  const counts = fc.record({ done: fc.nat(50), failed: fc.nat(3), running: fc.nat(5), pending: fc.nat(50) });
  const one = fc
    .tuple(kind, counts, fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([name, { done, failed, running, pending }, part]) => ({
      kind: name,
      total: Math.max(done + failed + running + pending, 1),
      done,
      failed,
      running,
      completed: done + running * part,
      cpuSeconds: done,
    }));
  const work = fc.uniqueArray(one, { selector: (entry) => entry.kind, maxLength: 5 });
  const anyState = fc.constantFrom<AssetState>(
    { status: "waiting", work: "open" },
    { status: "preparing", work: "open" },
    { status: "ready", work: "open" },
    { status: "ready", work: "done" },
    { status: "ready", work: "failed" },
    { status: "errored", work: "failed" },
  );
  fc.assert(
    fc.property(anyState, work, (state, entries) => {
      const progress = assetProgress(state, entries, 42);
      for (const { fraction } of [progress, ...progress.stages]) {
        expect(fraction).toBeGreaterThanOrEqual(0);
        expect(fraction).toBeLessThanOrEqual(1);
      }
      const finished = progress.stages.every((stage) => stage.status === "done");
      expect(progress.fraction === 1).toBe(finished);
      if (finished) expect(state.work).toBe("done");
      expect(progress.stages.some((stage) => stage.status === "failed")).toBe(state.work === "failed");
    }),
  );
});
