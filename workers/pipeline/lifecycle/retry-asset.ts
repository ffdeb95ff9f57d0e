import { eq, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions, tasks } from "../../catalog/schema.ts";
import { advanceAsset } from "./asset-lifecycle.ts";
import { startAsset } from "./start-asset.ts";

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
      .set({ status: "pending", attempts: 0, progress: 0, notBefore: 0, lease: null, leaseUntil: null })
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
