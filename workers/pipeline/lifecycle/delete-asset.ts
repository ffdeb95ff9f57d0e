import { and, eq, isNull, lte, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets, policyVersions, renditions, tasks, titles } from "../../catalog/schema.ts";
import { assetPrefixes, mezzanineKey } from "../storage/media-keys.ts";
import { abandonMezzanine } from "../storage/mezzanine-upload.ts";

/** Objects that one R2 delete takes. */
const deleteBatch = 1000;

/**
 * Attempts that ran when their asset was deleted notice it with their next heartbeat, but may be just about to store
 * what they have done. Objects are removed at once, and once more after this long; only then the asset counts as purged.
 */
export const stragglerMs = 60_000;

/**
 * Takes the asset down at once (one write: no viewer can start or go on watching it), with its title when that has no
 * other film, and then removes what was made of it, and its source. Safe to repeat: what a dead process left is removed
 * by the next call or the reconciler.
 */
export async function deleteAsset(env: Env, assetId: string, now: number): Promise<void> {
  const db = openDatabase(env);
  const asset = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  if (asset === undefined) return;
  await db.batch([
    db
      .update(titles)
      .set({ assetId: null, updatedAt: now })
      .where(and(eq(titles.id, asset.titleId), eq(titles.assetId, assetId))),
    db
      .update(assets)
      .set({ deletedAt: now, updatedAt: now })
      .where(and(eq(assets.id, assetId), isNull(assets.deletedAt))),
    // A title is what a viewer picks: with no film left there is none.
    db.delete(titles).where(
      sql`${titles.id} = ${asset.titleId} and not exists (
        select 1 from ${assets} where ${assets.titleId} = ${asset.titleId} and ${assets.deletedAt} is null)`,
    ),
    db.delete(policyVersions).where(
      sql`${policyVersions.scope} = ${asset.titleId} and not exists (
        select 1 from ${titles} where ${titles.id} = ${asset.titleId})`,
    ),
    db.delete(tasks).where(eq(tasks.assetId, assetId)),
    db.delete(renditions).where(eq(renditions.assetId, assetId)),
  ]);
  await abandonMezzanine(env, assetId);
  for (const prefix of assetPrefixes(assetId)) await deletePrefix(env.MEDIA, prefix);
  await env.SOURCES.delete([asset.sourceKey, mezzanineKey(assetId)]);
  await db
    .update(assets)
    .set({ purgedAt: now })
    .where(and(eq(assets.id, assetId), lte(assets.deletedAt, now - stragglerMs)));
}

/** Deletes everything in a bucket whose key begins with `prefix`. */
export async function deletePrefix(bucket: R2Bucket, prefix: string): Promise<void> {
  for (;;) {
    const { objects, truncated } = await bucket.list({ prefix, limit: deleteBatch });
    if (objects.length > 0) await bucket.delete(objects.map(({ key }) => key));
    if (!truncated) return;
  }
}
