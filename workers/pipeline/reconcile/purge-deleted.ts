/** Removes the objects of films whose deletion can't be taken back any more. Their rows stay, as tombstones. */
import { and, eq, sql } from "drizzle-orm";
import type { Room } from "../../catalog/count-statements.ts";
import { openDatabase } from "../../catalog/database.ts";
import { behind } from "../../catalog/row-order.ts";
import { assets, policyVersions, renditions, tasks, titles } from "../../catalog/schema.ts";
import { takeTurns } from "../../catalog/take-turns.ts";
import type { DeletionGate } from "../../safety/deletion-gate.ts";
import { deletionGraceMs, purgeMarginMs } from "../../safety/deletion-grace.ts";
import { deletePrefix } from "../storage/delete-prefix.ts";
import { assetPrefixes, mezzanineKey } from "../storage/media-keys.ts";
import { abandonMezzanine } from "../storage/mezzanine-upload.ts";

/** Assets that one run purges. */
const perRun = 25;

/** Statements that purging one takes, about. */
const statementsEach = 8;

/** The SQL of an asset whose grace is over, and whose objects may be there yet. @param now Unix milliseconds */
function isDue(env: Pick<Env, "DELETE_GRACE_DAYS">, now: number) {
  const before = now - deletionGraceMs(env) - purgeMarginMs;
  return sql`${assets.deletedAt} is not null and ${assets.purgedAt} is null and ${assets.deletedAt} <= ${before}`;
}

/** Purges assets that were deleted longer ago than the grace. One that can't be purged does not stop the others. */
export async function purgeDeleted(env: Env, now: number, room: Room, gate: DeletionGate): Promise<void> {
  const db = openDatabase(env);
  await takeTurns(
    db,
    {
      name: "purge",
      limit: perRun,
      read: async (after, limit) =>
        await db
          .select({
            id: assets.id,
            titleId: assets.titleId,
            sourceKey: assets.sourceKey,
            deletedAt: sql<number>`${assets.deletedAt}`,
          })
          .from(assets)
          .where(and(isDue(env, now), behind([assets.deletedAt, assets.id], after)))
          .orderBy(assets.deletedAt, assets.id)
          .limit(limit),
      placeOf: ({ deletedAt, id }) => [deletedAt, id],
      act: async (asset) => {
        if (await gate.mayDelete()) await purge(env, asset, now);
      },
      room: () => room(statementsEach),
    },
    now,
  );
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
