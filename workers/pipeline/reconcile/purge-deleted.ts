import { and, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { behind } from "../../catalog/row-order.ts";
import { assets } from "../../catalog/schema.ts";
import { takeTurns } from "../../catalog/take-turns.ts";
import { deleteAsset, stragglerMs } from "../lifecycle/delete-asset.ts";
import type { Room } from "./run-steps.ts";

/** Assets that one run purges. */
const perRun = 100;

/** Statements that purging one takes, about. */
const statementsEach = 12;

/**
 * Deleted assets that may still have objects in R2: the request was cut short, or an attempt has stored something
 * since.
 */
export async function purgeDeleted(env: Env, now: number, room: Room): Promise<void> {
  const db = openDatabase(env);
  await takeTurns(
    db,
    {
      name: "purge",
      limit: perRun,
      read: async (after, limit) =>
        await db
          .select({ id: assets.id, deletedAt: sql<number>`${assets.deletedAt}` })
          .from(assets)
          .where(
            and(
              sql`${assets.deletedAt} < ${now - stragglerMs} and ${assets.purgedAt} is null`,
              behind([assets.deletedAt, assets.id], after),
            ),
          )
          .orderBy(assets.deletedAt, assets.id)
          .limit(limit),
      placeOf: ({ deletedAt, id }) => [deletedAt, id],
      act: ({ id }) => deleteAsset(env, id, now),
      room: () => room(statementsEach),
    },
    now,
  );
}
