/** Attempts at a transcoder that speaks, is cut off, or hangs: what is made of each end, and what it costs the film. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { TaskEvent } from "../../../protocol/report.ts";
import type { TaskSpec } from "../../../protocol/task.ts";
import { anAsset } from "../../../test/support/publish-film.ts";
import { openDatabase } from "../../catalog/database.ts";
import { tasks } from "../../catalog/schema.ts";
import { faultyDatabase } from "../../faults/faulty-database.ts";
import { leaseMs, type TaskRow } from "../tasks/task-lease.ts";
import { longestRunMs, longestWaitMs } from "../transcoder/transcoder-client.ts";
import { followAttempt } from "./follow-attempt.ts";

const db = openDatabase(env);
const spec: TaskSpec = { kind: "inspect", bytes: 1 };
const lineLimitMs = 50;

let now = 0;
let row: TaskRow;
let asked: Record<string, unknown> | null = null;

beforeEach(async () => {
  now = 1_000_000;
  asked = null;
  for (const level of ["warn", "error"] as const) vi.spyOn(console, level).mockReturnValue(undefined);
  const assetId = await anAsset(env, now);
  const [inserted] = await db
    .insert(tasks)
    .values({
      ...{ id: `${assetId}.0.inspect.0`, assetId, kind: "inspect", ordinal: 0, stage: 0, priority: 0 },
      ...{ status: "running", spec, attempts: 1, lease: "mine", leaseUntil: now + leaseMs, queuedAt: now },
    })
    .returning();
  if (inserted === undefined) throw new Error("no row");
  row = inserted;
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** A transcoder that answers with these events, after each of which the clock may move on, and then as `end` says. */
function transcoder(
  events: [TaskEvent, movesOnMs?: number][],
  end: "closes" | "breaks" | "hangs",
  onAsked: () => void = () => undefined,
): void {
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_, init) => {
    asked = JSON.parse(String(init?.body));
    onAsked();
    const left = [...events];
    return new Response(
      new ReadableStream<Uint8Array>(
        {
          pull: (controller) => {
            const next = left.shift();
            if (next !== undefined) {
              controller.enqueue(new TextEncoder().encode(`${JSON.stringify(next[0])}\n`));
              now += next[1] ?? 0;
            } else if (end === "closes") controller.close();
            else if (end === "breaks") controller.error(new Error("connection reset"));
            else return new Promise<void>(() => undefined);
          },
        },
        { highWaterMark: 0 },
      ),
    );
  });
}

const follow = (bindings: Env = env, task: TaskRow = row) =>
  followAttempt(bindings, { task, slot: "" }, spec, () => now, lineLimitMs);

const progress: TaskEvent = { type: "progress", fraction: 0.5 };
const waiting: TaskEvent = { type: "waiting" };
const failed: TaskEvent = {
  type: "failed",
  failure: { code: "no_video", detail: "None.", retryable: false, log: "" },
};

test("what the transcoder says of the film is told", async () => {
  transcoder([[progress], [failed]], "closes");
  expect(await follow()).toMatchObject({ failure: { code: "no_video", end: "told" } });
  expect(asked).toMatchObject({ alone: false });
});

test.each([
  ["hangs", "transcoder_silent"],
  ["breaks", "transcoder_died"],
  ["closes", "transcoder_died"],
] as const)("a transcoder that %s in the middle of the work: a death", async (end, code) => {
  transcoder([[progress]], end);
  expect(await follow()).toMatchObject({ failure: { code, end: "died", retryable: true } });
});

test.each([["hangs"], ["breaks"]] as const)(
  "one that %s before the task has begun is not its doing",
  async (end) => {
    for (const events of [[], [[waiting], [waiting]]] as [TaskEvent][][]) {
      transcoder(events, end);
      expect(await follow()).toMatchObject({ failure: { end: "unreachable" } });
    }
  },
);

test("one that takes the connection and says nothing at all is given up", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.spyOn(globalThis, "fetch").mockImplementation(
    (_, init) =>
      new Promise((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      }),
  );
  const following = follow();
  await vi.waitFor(() => expect(globalThis.fetch).toHaveBeenCalled());
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await following).toMatchObject({ failure: { code: "transcoder_unreachable", end: "unreachable" } });
  vi.useRealTimers();
});

test("a task that was there when a transcoder died asks to be alone", async () => {
  transcoder([[progress], [failed]], "closes");
  await follow(env, { ...row, deaths: 1 });
  expect(asked).toMatchObject({ alone: true });
});

test("waiting to be alone has an end, and so has the work", async () => {
  transcoder([[waiting, longestWaitMs + 1], [waiting]], "hangs");
  expect(await follow()).toMatchObject({ failure: { end: "unreachable" } });
  transcoder([[progress], [progress, longestRunMs + 1]], "hangs");
  expect(await follow()).toMatchObject({ failure: { code: "encoder_timeout", end: "told" } });
});

test("a database that is away costs no attempt its work, and its lease is prolonged when it is back", async () => {
  let isReachable = true;
  const shaky = faultyDatabase(
    env.DB,
    async () => null,
    async () => (isReachable ? "well" : "unreachable"),
  );
  const lines: [TaskEvent, number][] = [leaseMs, leaseMs, 1000, 1000].map((ms) => [progress, ms]);
  transcoder([...lines, [failed]], "closes", () => {
    isReachable = false;
  });
  const missed = vi.spyOn(console, "warn").mockImplementation(() => {
    // The second heartbeat that is not taken is the last one.
    if (missed.mock.calls.length === 2) isReachable = true;
  });
  expect(await follow({ ...env, DB: shaky })).toMatchObject({ failure: { code: "no_video" } });
  expect(missed).toHaveBeenCalledTimes(2);
  const after = await db.select().from(tasks).where(eq(tasks.id, row.id)).get();
  expect(after?.leaseUntil).toBeGreaterThan(now);
});

test("an attempt whose task has gone to another one stops", async () => {
  await db.update(tasks).set({ lease: "another" }).where(eq(tasks.id, row.id));
  transcoder([[progress, leaseMs], [progress, leaseMs], [progress]], "hangs");
  expect(await follow()).toEqual({ lost: true });
});
