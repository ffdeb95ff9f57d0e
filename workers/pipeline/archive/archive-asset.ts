import { and, eq, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions, tasks } from "../../catalog/schema.ts";
import { addUpTasks } from "../tasks/task-sums.ts";
import { type ArchivedPlan, archiveKeys } from "./archive-document.ts";

/**
 * Moves plan, inspection and tasks of an asset whose work is done to R2. The objects are written first; the rows go in one
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
  const [rows, tracks] = await db.batch([
    db.select().from(tasks).where(eq(tasks.assetId, assetId)),
    db.select().from(renditions).where(eq(renditions.assetId, assetId)),
  ]);
  const { revision, recipeHash, plan, inspection, recipe } = asset;
  const document: ArchivedPlan = {
    ...{ version: 1, assetId, revision, recipeHash, plan, inspection, recipe },
    renditions: tracks,
  };
  const keys = archiveKeys(assetId);
  await env.MEDIA.put(keys.tasks, JSON.stringify(rows));
  await env.MEDIA.put(keys.plan, JSON.stringify(document));
  const isArchived = sql`exists (select 1 from ${assets} where ${assets.id} = ${assetId} and ${assets.archivedAt} = ${now}
    and ${assets.plan} is null)`;
  const [archived] = await db.batch([
    db
      .update(assets)
      .set({
        plan: null,
        inspection: null,
        archivedAt: now,
        // Its pace tells nothing any more.
        taskSums: sql`json_set(${assets.taskSums}, '$.paces', json('[]'))`,
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
  ]);
  return archived.length === 1;
}
