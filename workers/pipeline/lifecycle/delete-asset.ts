/**
 * Deleting a film and taking it back. A deleted film is gone for viewers and producers at once, but nothing of it is: rows
 * and objects stay for DELETE_GRACE_DAYS. Only then the purge (../reconcile/purge-deleted.ts) removes its objects.
 */
import { and, eq, gt, isNull, type SQL, sql } from "drizzle-orm";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { assets, tasks, titles } from "../../catalog/schema.ts";
import { deletionGraceMs, deletionTime } from "../../safety/deletion-grace.ts";
import { advanceAsset, startAsset } from "./asset-lifecycle.ts";

/**
 * Marks the asset as deleted (one transaction: no viewer can start or go on watching it), and its title when that has no
 * other film. Attempts at its tasks lose their leases. Safe to repeat.
 * @param by the producer who deletes it
 */
export async function deleteAsset(env: Env, assetId: string, by: string, now: number): Promise<void> {
  const db = openDatabase(env);
  const titleId = sql`(select ${assets.titleId} from ${assets} where ${assets.id} = ${assetId})`;
  await db.batch([
    db
      .update(assets)
      .set({ deletedAt: deletionTime(now), deletedBy: by, updatedAt: now })
      .where(and(eq(assets.id, assetId), isNull(assets.deletedAt))),
    db
      .update(titles)
      .set({ assetId: newestPublished(titleId), updatedAt: now })
      .where(and(eq(titles.assetId, assetId), isDeleted(assetId))),
    // A title is what a viewer picks: with no film left there is none.
    db
      .update(titles)
      .set({ deletedAt: deletionTime(now), deletedBy: by, updatedAt: now })
      .where(
        sql`${titles.id} = ${titleId} and ${titles.deletedAt} is null and not exists (
          select 1 from ${assets} where ${assets.titleId} = ${titles.id} and ${assets.deletedAt} is null)`,
      ),
    stopTasks(db, assetId, isDeleted(assetId)),
  ]);
}

/**
 * Takes a deleted asset back, with its title: it plays as before, and work that was not done goes on. The title plays its
 * newest published film.
 * @returns false when it isn't deleted, or its grace is over.
 */
export async function undeleteAsset(env: Env, assetId: string, now: number): Promise<boolean> {
  const db = openDatabase(env);
  const isBack = sql`exists (select 1 from ${assets} where ${assets.id} = ${assetId} and ${assets.deletedAt} is null)`;
  const titleId = sql`(select ${assets.titleId} from ${assets} where ${assets.id} = ${assetId})`;
  const [taken] = await db.batch([
    db
      .update(assets)
      .set({ deletedAt: null, deletedBy: null, updatedAt: now })
      .where(and(eq(assets.id, assetId), canBeTakenBack(env, now)))
      .returning({ status: assets.status, work: assets.work }),
    db
      .update(titles)
      .set({ assetId: newestPublished(titleId), deletedAt: null, deletedBy: null, updatedAt: now })
      .where(sql`${titles.id} = ${titleId} and ${isBack}`),
  ]);
  const asset = taken[0];
  if (asset === undefined) return false;
  if (asset.work === "open") {
    const goOn = asset.status === "ready" ? advanceAsset : startAsset;
    // It is back already: work that can't be sent now is sent by the reconciler.
    await goOn(env, assetId, now).catch((error: unknown) => console.error("could not go on", assetId, error));
  }
  return true;
}

/** The SQL of a deleted asset that can be taken back. @param now Unix milliseconds */
export function canBeTakenBack(env: Pick<Env, "DELETE_GRACE_DAYS">, now: number): SQL | undefined {
  return and(gt(assets.deletedAt, now - deletionGraceMs(env)), isNull(assets.purgedAt));
}

function isDeleted(assetId: string): SQL {
  return sql`exists (select 1 from ${assets} where ${assets.id} = ${assetId} and ${assets.deletedAt} is not null)`;
}

function newestPublished(titleId: SQL): SQL<string | null> {
  return sql`(select ${assets.id} from ${assets} where ${assets.titleId} = ${titleId} and ${assets.revision} > 0
    and ${assets.deletedAt} is null order by ${assets.createdAt} desc, ${assets.id} desc limit 1)`;
}

/** Takes the leases of all attempts, and takes tasks that wait out of the queue; an asset that is taken back sends them again. */
function stopTasks(db: Database, assetId: string, on: SQL) {
  return db
    .update(tasks)
    .set({ status: "pending", lease: null, leaseUntil: null, progress: 0, notBefore: 0 })
    .where(sql`${tasks.assetId} = ${assetId} and ${tasks.status} in ('queued', 'running') and ${on}`);
}
