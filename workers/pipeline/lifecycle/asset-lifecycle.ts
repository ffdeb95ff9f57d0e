import { and, count, eq, lte, ne, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { tasks } from "../../catalog/schema.ts";
import { stages } from "../plan/stages.ts";
import { publishAsset } from "../publish/publish-asset.ts";
import { dispatchTasks } from "../tasks/dispatch.ts";

/**
 * Sends an asset's next tasks, and publishes it when what comes first, or everything, is done. Called after each
 * task, and by the reconciler.
 */
export async function advanceAsset(env: Env, assetId: string, now: number): Promise<void> {
  await dispatchTasks(env, assetId, now);
  const open = await openDatabase(env)
    .select({
      all: count(),
      copy: sql<number>`coalesce(sum(${lte(tasks.stage, stages.quick)}), 0)`,
      first: sql<number>`coalesce(sum(${lte(tasks.stage, stages.first)}), 0)`,
    })
    .from(tasks)
    .where(and(eq(tasks.assetId, assetId), ne(tasks.status, "done")))
    .get();
  if (open?.all === 0) await publishAsset(env, assetId, "whole", now);
  else if (open?.first === 0) await publishAsset(env, assetId, "first", now);
  else if (open?.copy === 0) await publishAsset(env, assetId, "copy", now);
}
