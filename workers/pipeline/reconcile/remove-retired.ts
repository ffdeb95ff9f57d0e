/**
 * Removes from R2 the renditions that no plan names any more: the source's own pictures after the ladder is whole,
 * rungs that another recipe left out, and those that were made but never published.
 */
import { and, eq, lte, sql } from "drizzle-orm";
import type { Room } from "../../catalog/count-statements.ts";
import { openDatabase } from "../../catalog/database.ts";
import { behind } from "../../catalog/row-order.ts";
import { assets, renditions } from "../../catalog/schema.ts";
import { takeTurns } from "../../catalog/take-turns.ts";
import type { DeletionGate } from "../../safety/deletion-gate.ts";
import { deletePrefix } from "../storage/delete-prefix.ts";
import { renditionPrefix, renditionReportPrefix } from "../storage/media-keys.ts";

/** Renditions that one run looks at. */
const perRun = 50;

/** Statements that removing one takes. */
const statementsEach = 2;

/**
 * Removes the objects and reports of renditions whose time has come, and then their rows; one that was refused keeps its
 * row, which says why. Assets with work in hand wait: their new plan may name it again. Deleted ones keep everything.
 */
export async function removeRetired(env: Env, now: number, room: Room, gate: DeletionGate): Promise<void> {
  const db = openDatabase(env);
  await takeTurns(
    db,
    {
      name: "remove",
      limit: perRun,
      read: async (after, limit) =>
        await db
          .select({
            assetId: renditions.assetId,
            key: renditions.key,
            removeAfter: sql<number>`${renditions.removeAfter}`,
            isDue: sql<number>`exists (select 1 from ${assets} where ${assets.id} = ${renditions.assetId}
              and ${assets.work} = 'done' and ${assets.deletedAt} is null)`,
          })
          .from(renditions)
          .where(
            and(
              sql`${renditions.removeAfter} <= ${now}`,
              behind([renditions.removeAfter, renditions.assetId, renditions.key], after),
            ),
          )
          .orderBy(renditions.removeAfter, renditions.assetId, renditions.key)
          .limit(limit),
      placeOf: ({ removeAfter, assetId, key }) => [removeAfter, assetId, key],
      act: async ({ assetId, key, isDue }) => {
        if (isDue === 1 && (await gate.mayDelete())) await removeRendition(env, assetId, key, now);
      },
      room: () => room(statementsEach),
    },
    now,
  );
}

async function removeRendition(env: Env, assetId: string, key: string, now: number): Promise<void> {
  const db = openDatabase(env);
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
