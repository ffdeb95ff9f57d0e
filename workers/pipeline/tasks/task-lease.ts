/**
 * A task's life in D1. Every change is one conditional statement, so that two consumers, a late message or a dead
 * process can never both win: claiming takes a lease, and all that follows is conditional on that lease.
 */
import { and, eq, sql } from "drizzle-orm";
import type { Database } from "../../catalog/database.ts";
import { assets, renditions, tasks } from "../../catalog/schema.ts";

/** A task's row. */
export type TaskRow = typeof tasks.$inferSelect;

/** A lease without a heartbeat ends after this long. */
export const leaseMs = 30_000;

/**
 * Attempts that may begin before a task counts as one that kills its transcoder. Others that run beside the one that does
 * die with it, so this is more than bad luck takes.
 */
export const maxAttempts = 12;

/** Tasks that one slot of the fleet runs at a time: an encode, and light tasks beside it. */
export const slotRoom = { heavy: 1, light: 2 } as const;

/** The kind of task that a slot takes next: an encode of pictures, one of the light tasks that run beside it, or either. */
export type Lane = "heavy" | "light" | "any";

/** Is true of encodes of pictures, which take all processors that there are. */
export function isHeavy(kind: TaskRow["kind"]): boolean {
  return kind === "video";
}

/**
 * Takes the task that should run next, over all assets: lower priority first, then the asset with the fewest tasks
 * running, so that a short clip never waits behind a long film's chunks, then the one that waits longest.
 * @returns the row with its new lease; null when nothing is due.
 */
export async function claimNextTask(
  db: Database,
  lease: string,
  now: number,
  lane: Lane = "any",
): Promise<TaskRow | null> {
  const next = sql`(
    select t.id from ${tasks} t join ${assets} a on a.id = t.asset_id
    where t.status = 'queued' and t.not_before <= ${now} and (${lane} = 'any' or (t.kind = 'video') = (${lane} = 'heavy')) and a.work = 'open' and a.deleted_at is null
    order by t.priority,
      (select count(*) from ${tasks} r where r.asset_id = t.asset_id and r.status = 'running'),
      t.queued_at, t.ordinal
    limit 1
  )`;
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
    .where(and(sql`${tasks.id} = ${next}`, eq(tasks.status, "queued")))
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
        sql`exists (select 1 from ${assets} where ${assets.id} = ${tasks.assetId} and ${assets.work} = 'open'
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

/** The reason why an attempt ended without a result. */
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

/**
 * Marks the task failed for good and ends its asset's work, together. An asset that doesn't play yet is errored; one
 * that does goes on playing with what it has, and keeps the error beside it.
 * @returns false when the lease was lost.
 */
export async function failTask(db: Database, task: TaskRow, error: TaskError, now: number): Promise<boolean> {
  const isHeld = sql`exists (select 1 from ${tasks} where ${holds(task)})`;
  const [, , failed] = await db.batch([
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
