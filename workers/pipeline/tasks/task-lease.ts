/**
 * A task's life in D1. Every change is one conditional statement, so that two consumers, a late message or a dead
 * process can never both win: claiming takes a lease, and all that follows is conditional on that lease.
 */
import { and, eq, inArray, lte, ne, sql } from "drizzle-orm";
import type { Database } from "../../catalog/database.ts";
import { assets, renditions, tasks } from "../../catalog/schema.ts";

/** A task's row. */
export type TaskRow = typeof tasks.$inferSelect;

/** A lease without a heartbeat ends after this long. */
export const leaseMs = 30_000;

/**
 * A lease is prolonged, progress written and a lease looked at again this often, milliseconds: more seldom in a large fleet, so
 * that even 250 slots with three tasks each make no more than 75 statements a second of it. A lease outlives two that fail.
 */
export function heartbeatMs({ FLEET_SIZE }: Pick<Env, "FLEET_SIZE">): number {
  return Math.min(10_000, Math.max(5000, Number(FLEET_SIZE) * 40));
}

/**
 * Attempts that may begin before a task is given up. They end by a word of the transcoder, or with their consumer, which may
 * die for reasons of its own (a deploy ends it): this is more than bad luck takes.
 */
export const maxAttempts = 12;

/** Attempts that may end with their transcoder: the first one perhaps beside the one to blame, all others alone in it. */
export const maxDeaths = 5;

/**
 * Is true of a task whose transcoder has ended or hung under it: it may be the one that does it. It runs with no other beside it
 * until it is done, so that neighbours don't die with it, and it is not blamed for a neighbour.
 */
export function runsAlone(task: Pick<TaskRow, "deaths">): boolean {
  return task.deaths > 0;
}

/**
 * Takes this task, if it still waits, is due, and its film is still wanted; of two that ask for it, one gets it.
 * @returns the row with its new lease; null when it is not to be had.
 */
export async function claimTask(
  db: Database,
  id: string,
  lease: string,
  now: number,
): Promise<TaskRow | null> {
  const [row] = await db
    .update(tasks)
    .set({
      status: "running",
      lease,
      leaseUntil: now + leaseMs,
      attempts: sql`${tasks.attempts} + 1`,
      progress: 0,
      startedAt: now,
    })
    .where(and(eq(tasks.id, id), eq(tasks.status, "queued"), lte(tasks.notBefore, now), isWanted))
    .returning();
  return row ?? null;
}

/**
 * Takes queued tasks of a film that is not wanted any more out of the queue; work that is taken up again queues them anew.
 * @returns true when there were any
 */
export async function unqueueUnwanted(db: Database, taskId: string): Promise<boolean> {
  const rows = await db
    .update(tasks)
    .set({ status: "pending" })
    .where(
      and(
        sql`${tasks.assetId} = (select t.asset_id from ${tasks} t where t.id = ${taskId})`,
        eq(tasks.status, "queued"),
        sql`not ${isWanted}`,
      ),
    )
    .returning({ id: tasks.id });
  return rows.length > 0;
}

/** The task's film is still worked on. */
const isWanted = sql`exists (select 1 from ${assets} where ${assets.id} = ${tasks.assetId} and ${assets.work} = 'open'
  and ${assets.deletedAt} is null)`;

/** Prolongs the lease and notes progress. @returns false when the lease is lost or the asset is no longer wanted: stop. */
export async function heartbeat(
  db: Database,
  task: TaskRow,
  progress: number,
  now: number,
): Promise<boolean> {
  const rows = await db
    .update(tasks)
    .set({ leaseUntil: now + leaseMs, progress })
    .where(and(holds(task), isWanted))
    .returning({ id: tasks.id });
  return rows.length === 1;
}

/** Marks the task done. @returns false when the lease was lost. */
export async function finishTask(
  db: Database,
  task: TaskRow,
  result: { reportKey: string; cpuSeconds: number },
  now: number,
): Promise<boolean> {
  const rows = await db
    .update(tasks)
    .set({
      status: "done",
      progress: 1,
      deaths: 0,
      lease: null,
      leaseUntil: null,
      finishedAt: now,
      ...result,
      ...noError,
    })
    .where(holds(task))
    .returning({ id: tasks.id });
  return rows.length === 1;
}

/** The reason why an attempt ended without a result. */
export interface TaskError {
  code: string;
  detail: string;
  log: string;
}

/**
 * Puts the task back in the queue's hands, not before `notBefore`; its claim counts as an attempt, as a death, or not at all.
 * @returns false when the lease was lost.
 */
export async function postponeTask(
  db: Database,
  task: TaskRow,
  error: TaskError,
  options: { notBefore: number; countsAs: "attempt" | "death" | "nothing" },
  now: number,
): Promise<boolean> {
  const rows = await db
    .update(tasks)
    .set({
      status: "queued",
      lease: null,
      leaseUntil: null,
      progress: 0,
      queuedAt: Math.max(now, options.notBefore),
      notBefore: options.notBefore,
      attempts: options.countsAs === "attempt" ? task.attempts : task.attempts - 1,
      deaths: options.countsAs === "death" ? task.deaths + 1 : task.deaths,
      ...columnsOf(error),
    })
    .where(holds(task))
    .returning({ id: tasks.id });
  return rows.length === 1;
}

/**
 * Marks the task failed for good and ends its asset's work, together. An asset that doesn't play yet is errored; one
 * that does goes on playing with what it has, and keeps the error beside it.
 * @returns false when the lease was lost.
 */
export async function failTask(db: Database, task: TaskRow, error: TaskError, now: number): Promise<boolean> {
  const isHeld = sql`exists (select 1 from ${tasks} where ${holds(task)})`;
  const [, , , failed] = await db.batch([
    // What still waits leaves the queue, and what runs loses its lease: it stores nothing more.
    db
      .update(tasks)
      .set({ status: "pending", lease: null, leaseUntil: null })
      .where(
        and(
          eq(tasks.assetId, task.assetId),
          inArray(tasks.status, ["queued", "running"]),
          ne(tasks.id, task.id),
          isHeld,
        ),
      ),
    db
      .update(renditions)
      .set({ status: "errored" })
      .where(and(eq(renditions.assetId, task.assetId), eq(renditions.status, "preparing"), isHeld)),
    db
      .update(assets)
      .set({
        status: sql`case ${assets.status} when 'preparing' then 'errored' else ${assets.status} end`,
        work: "failed",
        updatedAt: now,
        ...columnsOf(error),
      })
      .where(and(eq(assets.id, task.assetId), eq(assets.work, "open"), isHeld)),
    db
      .update(tasks)
      .set({ status: "failed", lease: null, leaseUntil: null, finishedAt: now, ...columnsOf(error) })
      .where(holds(task))
      .returning({ id: tasks.id }),
  ]);
  return failed.length === 1;
}

/** The attempt that this row was claimed for is still the task's own. */
function holds(task: TaskRow): ReturnType<typeof and> {
  return and(eq(tasks.id, task.id), eq(tasks.status, "running"), eq(tasks.lease, task.lease ?? ""));
}

const noError = { errorCode: null, errorDetail: null, errorLog: null };

function columnsOf(error: TaskError): { errorCode: string; errorDetail: string; errorLog: string } {
  return { errorCode: error.code, errorDetail: error.detail, errorLog: error.log.slice(-4000) };
}
