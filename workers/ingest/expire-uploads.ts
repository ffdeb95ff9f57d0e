/** Ends unfinished uploads whose time is over, for the cron. */
import { and, sql } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { behind } from "../catalog/row-order.ts";
import { uploads } from "../catalog/schema.ts";
import { takeTurns } from "../catalog/take-turns.ts";
import { type DeletionGate, deletionGate } from "../safety/deletion-gate.ts";
import { discardUpload } from "./discard-upload.ts";
import { isOpen } from "./upload-row.ts";

/** Uploads that one call ends; the next call goes on. */
const batchSize = 25;

/**
 * Ends uploads that are still unfinished after `expires_at` (status `timed_out`) and frees their storage.
 * @param now Unix milliseconds
 * @param gate the run's own
 * @returns the number of ended uploads; one that fails is logged and tried again by a later call
 */
export async function expireUploads(
  env: Env,
  now: number,
  gate: DeletionGate = deletionGate(env, now),
): Promise<number> {
  const db = openDatabase(env);
  let ended = 0;
  await takeTurns(
    db,
    {
      name: "expire uploads",
      limit: batchSize,
      read: async (after, limit) =>
        await db
          .select({ id: uploads.id, expiresAt: uploads.expiresAt })
          .from(uploads)
          .where(
            and(
              sql`${uploads.status} = 'waiting' and ${uploads.expiresAt} <= ${now}`,
              isOpen(),
              behind([uploads.expiresAt, uploads.id], after),
            ),
          )
          .orderBy(uploads.expiresAt, uploads.id)
          .limit(limit),
      placeOf: ({ expiresAt, id }) => [expiresAt, id],
      act: async ({ id }) => {
        // An old database takes uploads for expired that were finished since: nothing ends while it is not to be believed.
        if (!(await gate.mayDelete())) return;
        if (await discardUpload(env, id, "timed_out", now, gate)) ended += 1;
      },
    },
    now,
  );
  return ended;
}
