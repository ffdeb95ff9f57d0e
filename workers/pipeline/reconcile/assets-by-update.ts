import { and, type SQL } from "drizzle-orm";
import type { Database } from "../../catalog/database.ts";
import { behind } from "../../catalog/row-order.ts";
import { assets } from "../../catalog/schema.ts";
import type { Round } from "../../catalog/take-turns.ts";

/** An asset in its turn. */
type Turn = Pick<typeof assets.$inferSelect, "id" | "updatedAt">;

/**
 * The part of a round that takes assets by the time of their last change, the earliest first.
 *
 * @param where must name the condition of a partial index on (updated_at, id) in literals, or the whole table is read
 */
export function assetsByUpdate(db: Database, where: SQL): Pick<Round<Turn>, "read" | "placeOf"> {
  return {
    read: async (after, limit) =>
      await db
        .select({ id: assets.id, updatedAt: assets.updatedAt })
        .from(assets)
        .where(and(where, behind([assets.updatedAt, assets.id], after)))
        .orderBy(assets.updatedAt, assets.id)
        .limit(limit),
    placeOf: ({ updatedAt, id }) => [updatedAt, id],
  };
}
