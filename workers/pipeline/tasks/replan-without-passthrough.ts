/** Plans an asset anew whose own pictures turned out not to be playable: a small rung comes first then. */
import { and, eq } from "drizzle-orm";
import { inspection as inspectionSchema } from "../../../protocol/inspection.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { fleetOf } from "../plan/fleet.ts";
import { makePlan } from "../plan/make-plan.ts";
import { ordinaryRecipe, recipe } from "../plan/recipe.ts";
import { insertTaskRows } from "./store-plan.ts";

/**
 * Tasks that haven't begun take the new plan's specs. One that runs goes on with all its rungs, and the tasks that
 * would make them later find its work that would make it later. Safe to repeat.
 * @param reason a sentence for the producer.
 */
export async function replanWithoutPassthrough(
  env: Env,
  assetId: string,
  reason: string,
  now: number,
): Promise<void> {
  const asset = await openDatabase(env)
    .select()
    .from(assets)
    .where(and(eq(assets.id, assetId), eq(assets.work, "open"), eq(assets.status, "preparing")))
    .get();
  const inspected = inspectionSchema.safeParse(asset?.inspection);
  if (asset === undefined || !inspected.success) return;
  const source = { etag: asset.sourceEtag, language: asset.language };
  const chosen = asset.recipe === null ? ordinaryRecipe : recipe.parse(asset.recipe);
  const known = { plays: false, refusedPassthrough: reason };
  const { plan, tasks } = await makePlan(inspected.data, source, fleetOf(env), chosen, known);
  await env.DB.batch([
    env.DB.prepare(
      `update assets set plan = ?, updated_at = ? where id = ? and work = 'open' and status = 'preparing'
       and recipe_hash = ?`,
    ).bind(JSON.stringify(plan), now, assetId, plan.recipeHash),
    insertTaskRows(env, assetId, tasks, inspected.data.video, plan.recipeHash, "replace waiting"),
  ]);
}
