/**
 * What leaves the database when a film's work is done: its plan, its inspection and its tasks, as JSON in the MEDIA bucket.
 * They are needed for repairs, for another recipe, and on the film's own page in the studio: seldom, and one film at a time.
 */
import { z } from "zod";
import { raiseAlarm } from "../../catalog/alarms.ts";
import { openDatabase } from "../../catalog/database.ts";
import type { assets } from "../../catalog/schema.ts";
import { BoundedMap } from "../../shared/bounded-map.ts";

/** The object with an asset's plan, and the one with its tasks, which is large. */
export function archiveKeys(assetId: string): { plan: string; tasks: string } {
  return { plan: `plans/${assetId}.json`, tasks: `plans/${assetId}.tasks.json` };
}

/** The document under `plan`: everything of the asset that isn't in its row any more, and the rest for a database made anew. */
export const archivedPlan = z.object({
  version: z.literal(1),
  assetId: z.string(),
  revision: z.number(),
  recipeHash: z.string().nullable(),
  /** `Plan` and `Inspection`, as they stood in the row. */
  plan: z.unknown(),
  inspection: z.unknown(),
  recipe: z.unknown(),
  /** Rows of `renditions`, as of the time of archiving. */
  renditions: z.array(z.record(z.string(), z.unknown())),
});
/** See {@link archivedPlan}. */
export type ArchivedPlan = z.infer<typeof archivedPlan>;

/** Plans that an isolate holds, about 10 kB each. */
const heldPlans = 100;

const held = new BoundedMap<string, ArchivedPlan>(heldPlans);

/** An asset's row, as far as its plan is concerned. */
export type PlannedAsset = Pick<
  typeof assets.$inferSelect,
  "id" | "revision" | "archivedAt" | "plan" | "inspection"
>;

/**
 * The plan and inspection of an asset, from its row or from its archive; null where it was never planned. Raises an alarm
 * when the archive is gone.
 */
export async function planOf(
  env: Pick<Env, "DB" | "MEDIA">,
  asset: PlannedAsset,
): Promise<{ plan: unknown; inspection: unknown } | null> {
  if (asset.archivedAt === null) {
    return asset.plan === null && asset.inspection === null ? null : asset;
  }
  return await readArchive(env, asset);
}

/** The archive of an asset, or null when it is gone. */
export async function readArchive(
  env: Pick<Env, "DB" | "MEDIA">,
  asset: Pick<PlannedAsset, "id" | "revision" | "archivedAt">,
): Promise<ArchivedPlan | null> {
  const key = `${asset.id} ${asset.revision} ${asset.archivedAt}`;
  const known = held.get(key);
  if (known !== undefined) return known;
  const object = await env.MEDIA.get(archiveKeys(asset.id).plan);
  const parsed = archivedPlan.safeParse(await object?.json().catch(() => null));
  if (!parsed.success) {
    const detail = `The plan of ${asset.id} (${archiveKeys(asset.id).plan} in the media bucket) is missing or unreadable. The film plays on; copy the object back from the second media bucket, else it can't be repaired or encoded anew.`;
    await raiseAlarm(openDatabase(env), "archive_missing", detail, Date.now());
    return null;
  }
  held.set(key, parsed.data);
  return parsed.data;
}
