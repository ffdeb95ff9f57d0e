/** Removes the objects of films whose deletion can't be taken back any more. Their rows stay, as tombstones. */
import { and, eq, isNull, lte, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets, policyVersions, renditions, tasks, titles } from "../../catalog/schema.ts";
import { type DeletionGate, deletionGate } from "../../safety/deletion-gate.ts";
import { deletionGraceMs, purgeMarginMs } from "../../safety/deletion-grace.ts";
import { deletePrefix } from "../storage/delete-prefix.ts";
import { assetPrefixes, mezzanineKey } from "../storage/media-keys.ts";
import { abandonMezzanine } from "../storage/mezzanine-upload.ts";

/** Assets that one run purges. */
const assetsPerRun = 25;

/** The SQL of an asset whose grace is over, and whose objects may be there yet. @param now Unix milliseconds */
function isDue(env: Pick<Env, "DELETE_GRACE_DAYS">, now: number) {
  return and(lte(assets.deletedAt, now - deletionGraceMs(env) - purgeMarginMs), isNull(assets.purgedAt));
}

/** Purges assets that were deleted longer ago than the grace. One that can't be purged does not stop the others. */
export async function purgeDeleted(
  env: Env,
  now: number,
  gate: DeletionGate = deletionGate(env, now),
): Promise<void> {
  const due = await openDatabase(env)
    .select({ id: assets.id, titleId: assets.titleId, sourceKey: assets.sourceKey })
    .from(assets)
    .where(isDue(env, now))
    .orderBy(sql`random()`)
    .limit(assetsPerRun);
  if (due.length === 0 || !(await gate.mayDelete())) return;
  for (const asset of due) {
    try {
      await purge(env, asset, now);
    } catch (error) {
      console.error("could not purge", asset.id, error);
    }
  }
}

async function purge(
  env: Env,
  { id, titleId, sourceKey }: { id: string; titleId: string; sourceKey: string },
  now: number,
): Promise<void> {
  await abandonMezzanine(env, id);
  for (const prefix of assetPrefixes(id)) await deletePrefix(env.MEDIA, prefix);
  await env.SOURCES.delete([sourceKey, mezzanineKey(id)]);
  const db = openDatabase(env);
  await db.batch([
    db.delete(tasks).where(eq(tasks.assetId, id)),
    db.delete(renditions).where(eq(renditions.assetId, id)),
    db
      .update(assets)
      .set({ purgedAt: now, inspection: null, plan: null, errorLog: null })
      .where(and(eq(assets.id, id), isDue(env, now))),
    // The title's versions go with its last film.
    db.delete(policyVersions).where(
      sql`${policyVersions.scope} = ${titleId}
        and exists (select 1 from ${titles} where ${titles.id} = ${titleId} and ${titles.deletedAt} is not null)
        and not exists (select 1 from ${assets} where ${assets.titleId} = ${titleId} and ${assets.purgedAt} is null)`,
    ),
  ]);
}
