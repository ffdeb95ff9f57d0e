import { and, eq, ne } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { tasks } from "../catalog/schema.ts";
import { dispatchTasks } from "./dispatch.ts";
import { publishAsset } from "./publish-asset.ts";

/** Sends an asset's next tasks, or publishes it when all are done. Called after each task, and by the reconciler. */
export async function advanceAsset(env: Env, assetId: string, now: number): Promise<void> {
  await dispatchTasks(env, assetId, now);
  const open = await openDatabase(env)
    .select({ id: tasks.id })
    .from(tasks)
    .where(and(eq(tasks.assetId, assetId), ne(tasks.status, "done")))
    .limit(1);
  if (open.length === 0) await publishAsset(env, assetId, now);
}
