/**
 * Removes from R2 the renditions that no plan names any more: the source's own pictures after the ladder is whole,
 * rungs that another recipe left out, and those that were made but never published.
 */
import { and, eq, isNull, lte } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions } from "../../catalog/schema.ts";
import { type DeletionGate, deletionGate } from "../../safety/deletion-gate.ts";
import { deletePrefix } from "../storage/delete-prefix.ts";
import { renditionPrefix, renditionReportPrefix } from "../storage/media-keys.ts";

/** Renditions that one run removes. */
const perRun = 50;

/**
 * Removes the objects and reports of renditions whose time has come, and then their rows; one that was refused keeps its
 * row, which says why. Assets with work in hand wait: their new plan may name it again. Deleted ones keep everything.
 */
export async function removeRetired(
  env: Env,
  now: number,
  gate: DeletionGate = deletionGate(env, now),
): Promise<void> {
  const db = openDatabase(env);
  const due = await db
    .select({ assetId: renditions.assetId, key: renditions.key })
    .from(renditions)
    .innerJoin(assets, eq(assets.id, renditions.assetId))
    .where(and(lte(renditions.removeAfter, now), eq(assets.work, "done"), isNull(assets.deletedAt)))
    .limit(perRun);
  if (due.length === 0 || !(await gate.mayDelete())) return;
  for (const { assetId, key } of due) {
    await deletePrefix(env.MEDIA, renditionPrefix(assetId, key));
    await deletePrefix(env.MEDIA, renditionReportPrefix(assetId, key));
    const isIt = and(
      eq(renditions.assetId, assetId),
      eq(renditions.key, key),
      lte(renditions.removeAfter, now),
    );
    await db.batch([
      db.delete(renditions).where(and(isIt, eq(renditions.status, "retired"))),
      db.update(renditions).set({ removeAfter: null }).where(isIt),
    ]);
  }
}
