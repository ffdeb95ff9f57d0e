/** Messages for a large fleet, with a queue as strict as Cloudflare's. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeEach, expect, test } from "vitest";
import { anAsset } from "../../../test/support/publish-film.ts";
import { withoutScheduler, withScheduler } from "../../../test/support/scheduler.ts";
import { openDatabase } from "../../catalog/database.ts";
import { tasks } from "../../catalog/schema.ts";
import { stages } from "../plan/stages.ts";
import { dispatchTasks } from "./dispatch.ts";
import { insertTasks } from "./store-plan.ts";
import type { TaskMessage } from "./task-messages.ts";

const db = openDatabase(env);

beforeEach(async () => {
  await db.delete(tasks);
});

/** A queue that takes at most 100 messages at a time, as Cloudflare's does; `sent` are the tasks that they name. */
function aStrictQueue(): { queue: Queue; sent: string[] } {
  const sent: string[] = [];
  const sendBatch: Queue<TaskMessage>["sendBatch"] = async (batch) => {
    const messages = [...batch];
    if (messages.length > 100) throw new Error("Batch message count exceeds the limit of 100. (15000)");
    sent.push(...messages.map(({ body }) => body.taskId));
    return { metadata: { metrics: await env.TRANSCODE_QUEUE.metrics() } };
  };
  const send: Queue<TaskMessage>["send"] = (body) => sendBatch([{ body }]);
  return { queue: { sendBatch, send, metrics: () => env.TRANSCODE_QUEUE.metrics() }, sent };
}

async function aFilm(chunks: number): Promise<string> {
  const assetId = await anAsset(env, 0);
  const spec = { kind: "inspect" as const, bytes: 1 };
  const chunk = { kind: "video" as const, stage: stages.first, needs: -1, priority: 10, spec };
  await insertTasks(
    env,
    assetId,
    Array.from({ length: chunks }, (_, ordinal) => ({ ...chunk, ordinal })),
  );
  return assetId;
}

test("a film of 160 tasks on a fleet of 150: all are queued, and each slot is invited once", async () => {
  const { queue, sent } = aStrictQueue();
  const fleet: Env = { ...withoutScheduler(env), FLEET_SIZE: "150", TRANSCODE_QUEUE: queue };
  const assetId = await aFilm(160);
  expect(await dispatchTasks(fleet, assetId, 1)).toBe(160);
  expect(await db.$count(tasks, eq(tasks.status, "queued"))).toBe(160);
  expect(sent).toEqual(Array.from({ length: 150 }, (_, n) => `${assetId}.${stages.first}.video.${n}`));
});

test("a film with fewer tasks than slots sends no more messages than tasks", async () => {
  const { queue, sent } = aStrictQueue();
  await dispatchTasks({ ...env, FLEET_SIZE: "150", TRANSCODE_QUEUE: queue }, await aFilm(3), 1);
  expect(sent).toHaveLength(3);
});

test("a scheduler that knows of consumers at work keeps them from being invited again", async () => {
  const { queue, sent } = aStrictQueue();
  const stub = env.SCHEDULER.get(env.SCHEDULER.idFromName("dispatch"));
  const fleet: Env = { ...withScheduler(env, () => stub), TRANSCODE_QUEUE: queue };
  const call = { held: [], takes: true, waitMs: 0 };
  for (let n = 0; n < 8; n++) await stub.next({ holder: `consumer ${n}`, ...call });
  await dispatchTasks(fleet, await aFilm(30), 1);
  // The tests' fleet has ten slots.
  expect(sent).toHaveLength(2);
});
