/** Fifty films on one fleet, at the speed of a clock that the test holds: the real scheduling, on real D1. */
import { env } from "cloudflare:workers";
import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { anInspection } from "../../../test/support/inspection.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, tasks } from "../../catalog/schema.ts";
import { makePlan } from "../plan/make-plan.ts";
import { taskSeconds } from "../plan/task-cost.ts";
import { claimNextTask } from "./claim-next.ts";
import { dispatchTasks } from "./dispatch.ts";
import { insertTasks } from "./store-plan.ts";
import { finishTask, type TaskRow } from "./task-lease.ts";

const slots = 10;
const films = 50;
const longFilm = "ast_long";
const fleet = { slots, processors: 4, earlyPublishAfterSeconds: 60, chunkSegments: 8 };
const db = openDatabase(env);

/** Messages are only hints to claim; the test's transcoders claim by themselves, so nothing is sent. */
const quiet = { ...env, TRANSCODE_QUEUE: { sendBatch: async () => undefined } } as unknown as Env;

async function addFilm(id: string, seconds: number): Promise<void> {
  await db.insert(assets).values({
    ...{ id, producerId: "prd_1", titleId: `ttl_${id}`, uploadId: id, status: "preparing" },
    ...{ filename: "f", sourceKey: id, sourceBytes: 1, sourceEtag: id, createdAt: 0, updatedAt: 0 },
  });
  const { tasks: planned } = await makePlan(anInspection(seconds), { etag: id, language: null }, fleet);
  await insertTasks(env, id, planned);
  await dispatchTasks(quiet, id, 0);
}

test("a two-hour film and 49 clips share ten transcoders: all end, clips don't wait, no slot idles", async () => {
  await addFilm(longFilm, 7200);
  for (let n = 1; n < films; n++) await addFilm(`ast_${n}`, 30);
  const total = (await db.select({ id: tasks.id }).from(tasks)).length;

  const running: { task: TaskRow; endsAt: number }[] = [];
  const endedAt = new Map<string, number>();
  let now = 0;
  let busySeconds = 0;
  let finished = 0;
  while (finished < total) {
    while (running.length < slots) {
      const task = await claimNextTask(db, `lease-${finished}-${running.length}`, now);
      if (task === null) break;
      const seconds = task.plannedSeconds;
      busySeconds += seconds;
      running.push({ task, endsAt: now + seconds * 1000 });
    }
    // Fewer are running than there are slots only when nothing is queued at all.
    if (running.length < slots) {
      const queued = await db.select({ id: tasks.id }).from(tasks).where(eq(tasks.status, "queued"));
      expect(queued).toEqual([]);
    }
    running.sort((a, b) => b.endsAt - a.endsAt);
    const next = running.pop();
    if (next === undefined) throw new Error(`stuck after ${finished} of ${total} tasks`);
    now = next.endsAt;
    expect(await finishTask(db, next.task, { reportKey: "r", cpuSeconds: 1 }, now)).toBe(true);
    finished += 1;
    endedAt.set(next.task.assetId, now);
    await dispatchTasks(quiet, next.task.assetId, now);
    const outstanding = await db
      .select({ count: sql<number>`count(*)` })
      .from(tasks)
      .where(sql`${tasks.assetId} = ${next.task.assetId} and ${tasks.status} in ('queued', 'running')`)
      .get();
    expect(outstanding?.count).toBeLessThanOrEqual(6 * slots);
  }

  expect(endedAt.size).toBe(films);
  const clips = [...endedAt].flatMap(([id, at]) => (id === longFilm ? [] : [at]));
  const spec = await db
    .select({ seconds: tasks.plannedSeconds })
    .from(tasks)
    .where(sql`${tasks.assetId} <> ${longFilm}`);
  const clipSeconds = spec.reduce((sum, { seconds }) => sum + seconds, 0);
  // As one fair share among the others, all clips together end within twice the time that they need alone.
  expect(Math.max(...clips) / 1000).toBeLessThanOrEqual((2 * clipSeconds) / slots + 30);
  // The long film is not starved either: the whole takes no longer than the work, evenly spread, and one last chunk.
  expect(now / 1000).toBeLessThanOrEqual(busySeconds / slots + 60);
}, 120_000);

test("a task's planned time grows with its frames, pixels and filters", () => {
  const { video } = anInspection(60);
  const rung = {
    key: "v",
    codec: "h264" as const,
    width: 1280,
    height: 720,
    crf: 23,
    maxrateKbps: 3000,
    level: "3.1",
  };
  const grid = {
    frameRate: { num: 25, den: 1 },
    ...{ timescale: 10_000, frameTicks: 400, frames: 1500, gopFrames: 50, segmentFrames: 150 },
    ...{ originSeconds: 0, containerStartSeconds: 0 },
  };
  const chunk = (endFrame: number, toneMap: boolean, rungs: (typeof rung)[]): number =>
    taskSeconds(
      {
        kind: "video",
        grid,
        streamIndex: 0,
        firstFrame: 0,
        endFrame,
        tailFrames: 0,
        filters: { deinterlace: false, toneMap },
        rungs,
      },
      video,
      4,
    );
  expect(chunk(1200, false, [rung])).toBeGreaterThan(chunk(600, false, [rung]));
  expect(chunk(600, true, [rung])).toBeGreaterThan(chunk(600, false, [rung]));
  expect(chunk(600, false, [rung, rung])).toBeGreaterThan(chunk(600, false, [rung]));
});
