import { and, eq, isNull, sql } from "drizzle-orm";
import { type ArchivedPlan, archiveKeys, storeArchived } from "../../catalog/archive/archive-document.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions, tasks } from "../../catalog/schema.ts";
import { addUpTasks, shortenSums } from "../tasks/task-sums.ts";

/**
 * Moves plan, inspection, renditions and tasks of an asset whose work is done to R2. The objects are written first; the rows go in one
 * batch, and only when nothing has changed meanwhile. Safe to repeat.
 * @returns false when there was nothing to move, or the asset has changed
 */
export async function archiveAsset(env: Env, assetId: string, now: number): Promise<boolean> {
  const db = openDatabase(env);
  const asset = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  if (asset === undefined || asset.work !== "done" || asset.deletedAt !== null || asset.plan === null) {
    return false;
  }
  await addUpTasks(env, [assetId]);
  // Those that are to be removed stay, because the cron finds them by their time.
  const isKept = and(eq(renditions.assetId, assetId), isNull(renditions.removeAfter));
  const [rows, tracks, [summed]] = await db.batch([
    db.select().from(tasks).where(eq(tasks.assetId, assetId)),
    db.select().from(renditions).where(isKept),
    db.select({ taskSums: assets.taskSums }).from(assets).where(eq(assets.id, assetId)),
  ]);
  const { revision, recipeHash, plan, inspection, recipe } = asset;
  const document: ArchivedPlan = {
    ...{ version: 1, assetId, revision, recipeHash, plan, inspection, recipe },
    renditions: tracks,
  };
  const keys = archiveKeys(assetId);
  await storeArchived(env, keys.tasks, rows);
  await storeArchived(env, keys.plan, document);
  const isArchived = sql`exists (select 1 from ${assets} where ${assets.id} = ${assetId} and ${assets.archivedAt} = ${now}
    and ${assets.plan} is null)`;
  const [archived] = await db.batch([
    db
      .update(assets)
      .set({
        plan: null,
        inspection: null,
        archivedAt: now,
        taskSums: shortenSums(summed?.taskSums),
        // Published a while ago, it was verified then: its turn comes when that is long ago.
        scrubAt: sql`max(${assets.scrubAt}, coalesce(${assets.verifiedAt}, 0) + ${Number(env.SCRUB_AFTER_SECONDS) * 1000})`,
      })
      .where(
        and(
          eq(assets.id, assetId),
          eq(assets.work, "done"),
          eq(assets.revision, revision),
          eq(assets.updatedAt, asset.updatedAt),
          sql`${assets.plan} is not null and ${assets.deletedAt} is null`,
        ),
      )
      .returning({ id: assets.id }),
    db.delete(tasks).where(and(eq(tasks.assetId, assetId), isArchived)),
    db.delete(renditions).where(and(isKept, isArchived)),
  ]);
  return archived.length === 1;
}
