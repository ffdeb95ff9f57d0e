/**
 * An asset's way from upload to publishing: start it, move it on after each task, and try it again when its work
 * failed.
 */
import { and, count, eq, lte, ne, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions, tasks } from "../../catalog/schema.ts";
import { priorities, stages } from "../plan/stages.ts";
import { publishAsset } from "../publish/publish-asset.ts";
import { dispatchTasks } from "../tasks/dispatch.ts";
import { restoreTasks } from "../tasks/restore-tasks.ts";
import { insertTasks } from "../tasks/store-plan.ts";

/** Begins work on a waiting asset: one inspection. Safe to repeat; an asset that is further on is only moved on. */
export async function startAsset(env: Env, assetId: string, now: number): Promise<void> {
  const db = openDatabase(env);
  const asset = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  if (asset === undefined || asset.deletedAt !== null) return;
  if (asset.status !== "waiting" && asset.status !== "preparing") return;
  await insertTasks(env, assetId, [
    {
      kind: "inspect",
      ordinal: 0,
      stage: stages.inspect,
      needs: -1,
      priority: priorities.inspect,
      spec: { kind: "inspect", bytes: asset.sourceBytes },
    },
  ]);
  await db
    .update(assets)
    .set({ status: "preparing", updatedAt: now })
    .where(and(eq(assets.id, assetId), eq(assets.status, "waiting"), sql`${assets.deletedAt} is null`));
  await advanceAsset(env, assetId, now);
}

/**
 * Sends an asset's next tasks, and publishes it when what comes first, or everything, is done. Called after each
 * task, and by the reconciler.
 */
export async function advanceAsset(env: Env, assetId: string, now: number): Promise<void> {
  await dispatchTasks(env, assetId, now);
  const open = await openDatabase(env)
    .select({
      all: count(),
      passthrough: sql<number>`coalesce(sum(${lte(tasks.stage, stages.quick)}), 0)`,
      first: sql<number>`coalesce(sum(${lte(tasks.stage, stages.first)}), 0)`,
    })
    .from(tasks)
    .where(and(eq(tasks.assetId, assetId), ne(tasks.status, "done")))
    .get();
  if (open?.all === 0 && (await restoreTasks(env, assetId))) await dispatchTasks(env, assetId, now);
  else if (open?.all === 0) await publishAsset(env, assetId, "whole", now);
  else if (open?.first === 0) await publishAsset(env, assetId, "first", now);
  else if (open?.passthrough === 0) await publishAsset(env, assetId, "passthrough", now);
}

/**
 * Tries an asset whose work failed again: its failed tasks get new attempts, finished work is kept.
 * @returns `retried: false` when its work hasn't failed (any more), or it is gone.
 */
export async function retryAsset(env: Env, assetId: string, now: number): Promise<{ retried: boolean }> {
  const db = openDatabase(env);
  const hasFailed = sql`exists (select 1 from ${assets} where ${assets.id} = ${assetId} and ${assets.work} = 'failed'
    and ${assets.deletedAt} is null)`;
  const [, , changed] = await db.batch([
    db
      .update(renditions)
      .set({ status: "preparing" })
      .where(sql`${renditions.assetId} = ${assetId} and ${renditions.status} = 'errored' and ${hasFailed}`),
    db
      .update(tasks)
      .set({
        ...{ status: "pending", attempts: 0, progress: 0, notBefore: 0, lease: null, leaseUntil: null },
        // One that is suspected of ending its transcoder goes on running alone.
        deaths: sql`min(${tasks.deaths}, 1)`,
      })
      .where(sql`${tasks.assetId} = ${assetId} and ${tasks.status} <> 'done' and ${hasFailed}`),
    db
      .update(assets)
      .set({
        status: sql`case ${assets.status} when 'errored' then 'preparing' else ${assets.status} end`,
        work: "open",
        errorCode: null,
        errorDetail: null,
        errorLog: null,
        updatedAt: now,
      })
      .where(sql`${assets.id} = ${assetId} and ${assets.work} = 'failed' and ${assets.deletedAt} is null`)
      .returning({ id: assets.id }),
  ]);
  if (changed.length === 0) return { retried: false };
  const any = await db.select({ id: tasks.id }).from(tasks).where(eq(tasks.assetId, assetId)).limit(1);
  await (any.length === 0 ? startAsset(env, assetId, now) : advanceAsset(env, assetId, now));
  return { retried: true };
}
