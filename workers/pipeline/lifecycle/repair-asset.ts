/**
 * Opens the work of a published asset again, for the tasks whose output is damaged. The asset stays playable meanwhile;
 * when they are done it is published again as a whole. The same settings give the same bytes under the same keys, so
 * usually nothing has changed then but that everything is there.
 */
import { and, eq, isNull, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { restoreAsset } from "../archive/restore-asset.ts";
import { type DamagedWork, forgetReports, requeueTasks } from "../tasks/requeue-tasks.ts";
import { advanceAsset } from "./asset-lifecycle.ts";

/**
 * Forgets the reports, puts just their tasks back, and sends them; with nothing damaged it publishes anew.
 * @returns false when the asset has other work in hand, or is gone: it is looked at again later.
 */
export async function repairAsset(
  env: Env,
  assetId: string,
  damaged: DamagedWork,
  now: number,
): Promise<boolean> {
  const db = openDatabase(env);
  const isDone = sql`exists (select 1 from ${assets} where ${assets.id} = ${assetId} and ${assets.status} = 'ready'
    and ${assets.work} = 'done' and ${assets.deletedAt} is null)`;
  if (!(await restoreAsset(env, assetId))) return false;
  await forgetReports(env, assetId, damaged);
  const [, opened] = await db.batch([
    requeueTasks(db, assetId, damaged, isDone, "begin anew"),
    db
      .update(assets)
      .set({ work: "open", updatedAt: now })
      .where(
        and(
          eq(assets.id, assetId),
          eq(assets.status, "ready"),
          eq(assets.work, "done"),
          isNull(assets.deletedAt),
        ),
      )
      .returning({ id: assets.id }),
  ]);
  if (opened.length === 0) return false;
  await advanceAsset(env, assetId, now);
  return true;
}
