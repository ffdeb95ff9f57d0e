/**
 * A task's life in D1. Every change is one conditional statement, so that two consumers, a late message or a dead
 * process can never both win: claiming takes a lease, and all that follows is conditional on that lease.
 */
import { and, eq, lt, or, sql } from "drizzle-orm";
import type { Database } from "../catalog/database.ts";
import { assets, tasks } from "../catalog/schema.ts";

/** A task's row. */
export type TaskRow = typeof tasks.$inferSelect;

/** How long a lease lasts without a heartbeat. */
export const leaseMs = 30_000;

/** Attempts that may begin before a task counts as one that kills its transcoder. */
export const maxAttempts = 6;

/**
 * Takes the task for one attempt: it must be queued, or running under a lease that has run out, and its asset preparing.
 * @returns the row with its new lease; null when somebody else has it, or when it is done or no longer wanted.
 */
export async function claimTask(
  db: Database,
  taskId: string,
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
    .where(
      and(
        eq(tasks.id, taskId),
        or(eq(tasks.status, "queued"), and(eq(tasks.status, "running"), lt(tasks.leaseUntil, now))),
        sql`exists (select 1 from ${assets} where ${assets.id} = ${tasks.assetId} and ${assets.status} = 'preparing'
            and ${assets.deletedAt} is null)`,
      ),
    )
    .returning();
  return row ?? null;
}

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
    .where(
      and(
        holds(task),
        sql`exists (select 1 from ${assets} where ${assets.id} = ${tasks.assetId} and ${assets.status} = 'preparing'
            and ${assets.deletedAt} is null)`,
      ),
    )
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

/** Why an attempt ended without a result. */
export interface TaskError {
  code: string;
  detail: string;
  log: string;
}

/** Puts the task back in the queue's hands, not before `notBefore`. @returns false when the lease was lost. */
export async function postponeTask(
  db: Database,
  task: TaskRow,
  error: TaskError,
  options: { notBefore: number; countAttempt: boolean },
  now: number,
): Promise<boolean> {
  const rows = await db
    .update(tasks)
    .set({
      status: "queued",
      lease: null,
      leaseUntil: null,
      progress: 0,
      queuedAt: now,
      notBefore: options.notBefore,
      attempts: options.countAttempt ? task.attempts : task.attempts - 1,
      ...columnsOf(error),
    })
    .where(holds(task))
    .returning({ id: tasks.id });
  return rows.length === 1;
}

/** Marks the task failed for good, and its asset errored, together. @returns false when the lease was lost. */
export async function failTask(db: Database, task: TaskRow, error: TaskError, now: number): Promise<boolean> {
  const [, failed] = await db.batch([
    db
      .update(assets)
      .set({ status: "errored", updatedAt: now, ...columnsOf(error) })
      .where(
        sql`${assets.id} = ${task.assetId} and ${assets.status} = 'preparing'
            and exists (select 1 from ${tasks} where ${holds(task)})`,
      ),
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
