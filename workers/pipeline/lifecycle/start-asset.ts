import { and, eq, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { priorities, stages } from "../plan/stages.ts";
import { insertTasks } from "../tasks/store-plan.ts";
import { advanceAsset } from "./asset-lifecycle.ts";

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
