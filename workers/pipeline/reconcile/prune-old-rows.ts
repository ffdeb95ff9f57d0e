/**
 * Rows that nobody needs any more, by their age: each kind from an index that holds nothing else, a few at a time. What they took
 * of the database would otherwise grow for ever, whoever writes them.
 */
import { and, eq, inArray, sql } from "drizzle-orm";
import type { Room } from "../../catalog/count-statements.ts";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { behind } from "../../catalog/row-order.ts";
import { assets, deadLetters, sessions, signingKeys, uploads } from "../../catalog/schema.ts";
import { takeTurns } from "../../catalog/take-turns.ts";
import type { DeletionGate } from "../../safety/deletion-gate.ts";

/** Time for which a finished or ended upload, a dead letter that was sent again, and a revoked key are kept. */
export const keptMs = 31 * 86_400_000;

/** Rows of each kind that one run deletes; a day has room for more than any quota lets in. */
const perRun = 500;

/** Ended uploads that one run looks for in the bucket. */
const uploadsPerRun = 50;

/** Deletes expired sessions, and what is older than a month of dead letters, revoked keys and uploads. */
export async function pruneOldRows(env: Env, now: number, room: Room, gate: DeletionGate): Promise<void> {
  const db = openDatabase(env);
  const before = now - keptMs;
  await db.delete(sessions).where(
    sql`${sessions.tokenHash} in (select s.token_hash from ${sessions} s where s.expires_at < ${now}
        order by s.expires_at limit ${perRun})`,
  );
  await db
    .delete(deadLetters)
    .where(
      sql`${deadLetters.id} in (select d.id from ${deadLetters} d where d.rerun_at < ${before} order by d.rerun_at limit ${perRun})`,
    );
  // The newest change stays, so that the numbers of changes go on.
  await db.delete(signingKeys).where(
    sql`${signingKeys.kid} in (select k.kid from ${signingKeys} k where k.revoked_at < ${before} order by k.revoked_at limit ${perRun})
        and ${signingKeys.change} < (select max(n.change) from ${signingKeys} n)`,
  );
  await pruneUploads(env, db, now, room, gate);
}

/**
 * Forgets uploads a month after they became films or ended. Without its row a source that nobody made a film of would be one that
 * nobody knows, so an upload whose source is still there waits until the sweep has taken that.
 */
async function pruneUploads(
  env: Env,
  db: Database,
  now: number,
  room: Room,
  gate: DeletionGate,
): Promise<void> {
  if (!(await gate.mayDelete())) return;
  await takeTurns(
    db,
    {
      name: "prune uploads",
      limit: uploadsPerRun,
      read: async (after, limit) =>
        await db
          .select({
            id: uploads.id,
            updatedAt: uploads.updatedAt,
            sourceKey: uploads.sourceKey,
            film: sql<number>`exists (select 1 from ${assets} a where a.upload_id = uploads.id)`,
          })
          .from(uploads)
          .where(
            and(
              sql`${uploads.status} <> 'waiting' and ${uploads.updatedAt} < ${now - keptMs}`,
              behind([uploads.updatedAt, uploads.id], after),
            ),
          )
          .orderBy(uploads.updatedAt, uploads.id)
          .limit(limit),
      placeOf: ({ updatedAt, id }) => [updatedAt, id],
      act: async ({ id, sourceKey, film }) => {
        if (film === 0 && (await env.SOURCES.head(sourceKey)) !== null) return;
        await db
          .delete(uploads)
          .where(
            and(
              eq(uploads.id, id),
              inArray(uploads.status, ["asset_created", "errored", "cancelled", "timed_out"]),
            ),
          );
      },
      room: () => room(2),
    },
    now,
  );
}
