/** Ends unfinished uploads whose time is over, for the cron. */
import { and, asc, eq, lte } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { uploads } from "../catalog/schema.ts";
import { type DeletionGate, deletionGate } from "../safety/deletion-gate.ts";
import { discardUpload } from "./discard-upload.ts";
import { isOpen } from "./upload-row.ts";

/** Uploads that one call ends; the next call goes on. */
const batchSize = 25;

/**
 * Ends uploads that are still unfinished after `expires_at` (status `timed_out`) and frees their storage.
 * @param now Unix milliseconds
 * @param gate the run's own
 * @returns the number of ended uploads; one that fails is logged and tried again by the next call
 */
export async function expireUploads(
  env: Env,
  now: number,
  gate: DeletionGate = deletionGate(env, now),
): Promise<number> {
  const expired = await openDatabase(env)
    .select({ id: uploads.id })
    .from(uploads)
    .where(and(eq(uploads.status, "waiting"), lte(uploads.expiresAt, now), isOpen()))
    .orderBy(asc(uploads.updatedAt)) // one that failed goes to the end
    .limit(batchSize);
  let ended = 0;
  for (const { id } of expired) {
    try {
      if (await discardUpload(env, id, "timed_out", now, gate)) ended += 1;
    } catch (error) {
      console.error("an expired upload could not be discarded", id, error);
    }
  }
  return ended;
}
