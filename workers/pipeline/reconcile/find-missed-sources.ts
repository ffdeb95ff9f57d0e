import { and, sql } from "drizzle-orm";
import type { Room } from "../../catalog/count-statements.ts";
import { openDatabase } from "../../catalog/database.ts";
import { registerSource } from "../../catalog/register-source.ts";
import { behind } from "../../catalog/row-order.ts";
import { uploads } from "../../catalog/schema.ts";
import { takeTurns } from "../../catalog/take-turns.ts";
import { startAsset } from "../lifecycle/asset-lifecycle.ts";

/** Uploads that one run asks R2 about. */
const uploadsPerRun = 100;

/** A request that is just finishing its upload is left alone for this long. */
const graceMs = 60_000;

/** Statements that taking up one upload takes, about. */
const statementsEach = 15;

/**
 * Finds uploads that still wait in D1 though R2 holds their whole object, whatever made D1 miss it, and begins work on
 * them. All waiting uploads have their turn, a page a minute.
 */
export async function findMissedSources(env: Env, now: number, room: Room): Promise<void> {
  const db = openDatabase(env);
  await takeTurns(
    db,
    {
      name: "take up uploads",
      limit: uploadsPerRun,
      read: async (after, limit) =>
        await db
          .select({
            id: uploads.id,
            sourceKey: uploads.sourceKey,
            length: uploads.length,
            expiresAt: uploads.expiresAt,
            updatedAt: uploads.updatedAt,
          })
          .from(uploads)
          .where(and(sql`${uploads.status} = 'waiting'`, behind([uploads.expiresAt, uploads.id], after)))
          .orderBy(uploads.expiresAt, uploads.id)
          .limit(limit),
      placeOf: ({ expiresAt, id }) => [expiresAt, id],
      act: async ({ sourceKey, length, updatedAt }) => {
        if (updatedAt >= now - graceMs) return;
        const object = await env.SOURCES.head(sourceKey);
        if (object === null || (length !== null && object.size !== length)) return;
        const source = { key: sourceKey, bytes: object.size, etag: object.etag };
        const assetId = await registerSource(env, source, now);
        if (assetId !== null) await startAsset(env, assetId, now);
      },
      room: () => room(statementsEach),
    },
    now,
  );
}
