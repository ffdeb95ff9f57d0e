/** Finishes uploads whose last byte arrived, but whose request died before they became an asset, for the cron. */
import { asc, eq, sql } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { uploads } from "../catalog/schema.ts";
import { finishUpload } from "./finish-upload.ts";

/** Uploads that one call finishes; the next call goes on. */
const batchSize = 25;
/** Time for which a request that is just finishing its upload is left alone. */
const graceMs = 30_000;

/**
 * Finishes whole uploads that still wait.
 * @param now Unix milliseconds
 * @returns the number of finished uploads; one that fails is logged and tried again by the next call
 */
export async function reconcileUploads(env: Env, now: number): Promise<number> {
  const db = openDatabase(env);
  const whole = await db
    .select()
    .from(uploads)
    .where(
      sql`${uploads.status} = 'waiting' and ${uploads.offset} = ${uploads.length} and ${uploads.updatedAt} <= ${now - graceMs}`,
    )
    .orderBy(asc(uploads.updatedAt)) // one that failed goes to the end
    .limit(batchSize);
  let finished = 0;
  for (const upload of whole) {
    try {
      await finishUpload(env, upload, now);
      finished += 1;
    } catch (error) {
      console.error("a whole upload could not be finished", upload.id, error);
      await db.update(uploads).set({ updatedAt: now }).where(eq(uploads.id, upload.id));
    }
  }
  return finished;
}
