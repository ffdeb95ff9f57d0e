import { and, eq, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions, tasks } from "../../catalog/schema.ts";
import { cutCharacters } from "../../shared/characters.ts";

/** Longer than any outage of storage that we know of: before that, trying again is the better answer. */
export const patienceMs = 6 * 3_600_000;

/**
 * Ends the work of an asset that has stood still for {@link patienceMs} with nothing queued or running, so that it can
 * be seen and tried again. One that plays goes on playing.
 * @returns true when it did.
 */
export async function failStuck(env: Env, assetId: string, cause: unknown, now: number): Promise<boolean> {
  const db = openDatabase(env);
  const since = now - patienceMs;
  const isStill = sql`${assets.work} = 'open' and ${assets.updatedAt} < ${since} and not exists (
    select 1 from ${tasks} where ${tasks.assetId} = ${assetId} and (${tasks.status} in ('queued', 'running')
      or ${tasks.finishedAt} >= ${since} or ${tasks.queuedAt} >= ${since}))`;
  const [, failed] = await db.batch([
    db
      .update(renditions)
      .set({ status: "errored" })
      .where(
        and(
          eq(renditions.assetId, assetId),
          eq(renditions.status, "preparing"),
          sql`exists (select 1 from ${assets} where ${assets.id} = ${assetId} and ${isStill})`,
        ),
      ),
    db
      .update(assets)
      .set({
        status: sql`case ${assets.status} when 'ready' then 'ready' else 'errored' end`,
        work: "failed",
        updatedAt: now,
        errorCode: "work_stands_still",
        errorDetail:
          "Work on this film could not go on for hours. Try it again; if that fails, tell support.",
        errorLog: cutCharacters(String(cause), 4000),
      })
      .where(and(eq(assets.id, assetId), isStill))
      .returning({ id: assets.id }),
  ]);
  return failed.length > 0;
}
