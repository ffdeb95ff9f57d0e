import { eq } from "drizzle-orm";
import { inspection as inspectionSchema } from "../../../protocol/inspection.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, tasks } from "../../catalog/schema.ts";
import { parsePlan } from "../plan/plan.ts";
import { planTasks } from "../plan/plan-tasks.ts";
import { insertTasks } from "./store-plan.ts";

/**
 * Brings back the tasks of an asset with open work that has none at all, as in a database that was rebuilt from exports: tasks
 * follow from the plan. Those whose reports are in R2 cost nothing again.
 *
 * @returns true when there are tasks again
 */
export async function restoreTasks(env: Env, assetId: string): Promise<boolean> {
  const db = openDatabase(env);
  const any = await db.select({ id: tasks.id }).from(tasks).where(eq(tasks.assetId, assetId)).limit(1);
  if (any.length > 0) return false;
  const asset = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  const inspected = inspectionSchema.safeParse(asset?.inspection);
  if (asset === undefined || asset.work !== "open" || asset.plan === null || !inspected.success) return false;
  const planned = planTasks(parsePlan(asset.plan), inspected.data);
  // A film that plays has had its passthrough, or went without.
  const wanted = planned.filter(({ kind }) => asset.status !== "ready" || kind !== "passthrough");
  await insertTasks(env, assetId, wanted);
  return true;
}
