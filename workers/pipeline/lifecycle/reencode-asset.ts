/**
 * Encodes a finished asset by another recipe, while it plays on. What earlier work stored is found again by its keys, so
 * only what is new costs anything; renditions that the new recipe doesn't name are retired when it is published.
 */
import { eq } from "drizzle-orm";
import { inspection as inspectionSchema } from "../../../protocol/inspection.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { Problem } from "../../http/problem.ts";
import { restoreAsset } from "../archive/restore-asset.ts";
import { fleetOf } from "../plan/fleet.ts";
import { makePlan, rungLabelsOf } from "../plan/make-plan.ts";
import type { Recipe } from "../plan/recipe.ts";
import { stages } from "../plan/stages.ts";
import { listObjects } from "../storage/list-objects.ts";
import { insertRenditions, insertTaskRows } from "../tasks/store-plan.ts";
import { advanceAsset } from "./asset-lifecycle.ts";

/**
 * Plans the asset anew and opens its work: plan, renditions and tasks change in one batch, or not at all.
 * @returns false when it has work in hand, was never inspected, or is gone.
 * @throws Problem 422 `no_such_rung` when the recipe names one that this film doesn't have.
 */
export async function reencodeAsset(
  env: Env,
  assetId: string,
  recipe: Recipe,
  now: number,
): Promise<boolean> {
  if (!(await restoreAsset(env, assetId))) return false;
  const asset = await openDatabase(env).select().from(assets).where(eq(assets.id, assetId)).get();
  const inspected = inspectionSchema.safeParse(asset?.inspection);
  if (asset === undefined || asset.work === "open" || asset.deletedAt !== null || !inspected.success)
    return false;
  refuseUnknownRungs(recipe, rungLabelsOf(inspected.data));
  const source = { etag: asset.sourceEtag, language: asset.language };
  const known = { plays: asset.status === "ready", refusedPassthrough: null };
  const { plan, tasks } = await makePlan(inspected.data, source, fleetOf(env), recipe, known);
  const prefix = `reports/${assetId}/`;
  const stored = new Set((await listObjects(env, prefix)).keys().map((key) => prefix + key));
  const opened =
    "exists (select 1 from assets where id = ?1 and work = 'open' and updated_at = ?2 and recipe_hash = ?3)";
  const [changed] = await env.DB.batch<{ id: string }>([
    env.DB.prepare(
      `update assets set work = 'open', status = case status when 'errored' then 'preparing' else status end,
         recipe = ?4, plan = ?5, recipe_hash = ?3, updated_at = ?2, error_code = null, error_detail = null, error_log = null
       where id = ?1 and work <> 'open' and deleted_at is null returning id`,
    ).bind(assetId, now, plan.recipeHash, JSON.stringify(recipe), JSON.stringify(plan)),
    env.DB.prepare(`delete from tasks where asset_id = ?1 and stage >= ?4 and ${opened}`).bind(
      assetId,
      now,
      plan.recipeHash,
      stages.cut,
    ),
    insertRenditions(env, assetId, plan, plan.recipeHash),
    insertTaskRows(env, assetId, tasks, inspected.data.video, plan.recipeHash, "keep", stored),
  ]);
  if (changed?.results.length !== 1) return false;
  await advanceAsset(env, assetId, now);
  return true;
}

function refuseUnknownRungs({ rungs }: Recipe, labels: string[]): void {
  const unknown = (rungs ?? []).filter((label) => !labels.includes(label));
  if (unknown.length === 0) return;
  throw new Problem(
    422,
    "no_such_rung",
    `This film has no rung ${unknown.join(", ")}. Name some of ${labels.join(", ")}, or leave \`rungs\` out.`,
    { members: { errors: [{ pointer: "/rungs", detail: `must be of ${labels.join(", ")}` }] } },
  );
}
