/** The consumer of a slot, with a transcoder that can't be reached: all that it does but encode. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { anAsset } from "../../../test/support/publish-film.ts";
import { withoutScheduler, withScheduler } from "../../../test/support/scheduler.ts";
import { openDatabase } from "../../catalog/database.ts";
import { tasks } from "../../catalog/schema.ts";
import { faultyDatabase } from "../../faults/faulty-database.ts";
import type { AttemptEnd } from "../scheduler/fleet-schedule.ts";
import type { NextCall } from "../scheduler/fleet-scheduler.ts";
import type { ReadyTask } from "../scheduler/ready-tasks.ts";
import { consumeTranscode } from "./consume-transcode.ts";

const db = openDatabase(env);
let now = 0;
let taskId = "";
let sent: unknown[] = [];
let count = 0;

beforeEach(async () => {
  await db.delete(tasks);
  now = Date.now();
  sent = [];
  const assetId = await anAsset(env, now);
  taskId = `${assetId}.0.inspect.0`;
  await db.insert(tasks).values({
    ...{ id: taskId, assetId, kind: "inspect", ordinal: 0, stage: 0, priority: 0, status: "queued" },
    ...{ spec: { kind: "inspect", bytes: 1 }, queuedAt: now },
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** Consumes one message; each attempt finds no transcoder, after `attemptMs`. @returns the messages that were sent */
async function consume(bindings: Env, attemptMs: number): Promise<unknown[]> {
  vi.spyOn(globalThis, "fetch").mockImplementation(() => {
    now += attemptMs;
    return Promise.reject(new Error("refused"));
  });
  vi.spyOn(console, "warn").mockReturnValue();
  const queue: Queue = {
    metrics: () => env.TRANSCODE_QUEUE.metrics(),
    send: async (body) => {
      sent.push(body);
      return { metadata: { metrics: await env.TRANSCODE_QUEUE.metrics() } };
    },
    sendBatch: async (messages) => {
      sent.push(...[...messages].map(({ body }) => body));
      return { metadata: { metrics: await env.TRANSCODE_QUEUE.metrics() } };
    },
  };
  const message = { body: { taskId }, ack: vi.fn() };
  const batch = { queue: "marquee-transcode", messages: [message] } as unknown as MessageBatch;
  await consumeTranscode(batch, { ...bindings, TRANSCODE_QUEUE: queue }, () => now);
  expect(message.ack).toHaveBeenCalledOnce();
  return sent;
}

function withScheduleOf(name: string): Env {
  return withScheduler(env, () => env.SCHEDULER.get(env.SCHEDULER.idFromName(name)));
}

const row = async () => await db.select().from(tasks).where(eq(tasks.id, taskId)).get();

test("an attempt that reaches no transcoder is put off, once, and the slot is given up", async () => {
  const messages = await consume(withScheduleOf(`slot ${++count}`), 0);
  expect(messages).toEqual([{ taskId }]);
  expect(await row()).toMatchObject({ status: "queued", attempts: 0, errorCode: "transcoder_unreachable" });
  // It waits from the time at which it is due.
  expect((await row())?.queuedAt).toBe((await row())?.notBefore);
});

test("without the scheduler the same happens, on D1 alone", async () => {
  expect(await consume(withoutScheduler(env), 0)).toEqual([{ taskId }]);
  expect(await row()).toMatchObject({ status: "queued", attempts: 0, errorCode: "transcoder_unreachable" });
});

test("a consumer that goes while something was queued hands its slot on", async () => {
  const stub = env.SCHEDULER.get(env.SCHEDULER.idFromName(`slot ${++count}`));
  const late = {
    id: "late",
    assetId: "a",
    lane: "heavy",
    priority: 0,
    queuedAt: 0,
    ordinal: 0,
    notBefore: 0,
  } as const;
  const scheduler = {
    next: async () => [],
    left: async (holder: string) => {
      await stub.queued([late]);
      return await stub.left(holder);
    },
  } as unknown as typeof stub;
  const messages = await consume(
    withScheduler(env, () => scheduler),
    0,
  );
  expect(messages).toEqual([{ taskId }]);
});

test("a consumer whose message was held long enough hands its slot on", async () => {
  const messages = await consume(withScheduleOf(`slot ${++count}`), 5 * 60_000);
  // One for the task that was put off, and one for the slot.
  expect(messages).toEqual([{ taskId }, { taskId }]);
});

test("while the database is away a message waits, and uses up none of its tries", async () => {
  const away = faultyDatabase(
    env.DB,
    async () => null,
    async () => false,
  );
  // The scheduler can't read the queue either.
  expect(await consume({ ...withoutScheduler(env), DB: away }, 0)).toEqual([{ taskId }]);
  expect(await row()).toMatchObject({ status: "queued", attempts: 0 });
});

test("beside a task that runs alone its slot takes no other", async () => {
  await db.update(tasks).set({ deaths: 1 }).where(eq(tasks.id, taskId));
  const takes: boolean[] = [];
  const stub = env.SCHEDULER.get(env.SCHEDULER.idFromName(`slot ${++count}`));
  const scheduler = {
    next: async (call: NextCall) => {
      takes.push(call.takes);
      return await stub.next(call);
    },
    ended: async (holder: string, end: AttemptEnd) => await stub.ended(holder, end),
    queued: async (ready: ReadyTask[]) => await stub.queued(ready),
    left: async (holder: string) => await stub.left(holder),
  } as unknown as typeof stub;
  await consume(
    withScheduler(env, () => scheduler),
    0,
  );
  // It took the task, and while that ran it only said that it lives.
  expect(takes.slice(0, 2)).toEqual([true, false]);
});
