/** Titles that a producer has deleted, with their last films, and can still take back. */
import { and, desc, eq, gt, isNotNull, isNull, lt, or, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets, producers, titles } from "../../catalog/schema.ts";
import { deletionGraceMs } from "../../safety/deletion-grace.ts";
import type { PageCursor } from "../../shared/page-cursor.ts";
import { bringBackAsset } from "../assets/take-down-asset.ts";

/** The producer's deleted titles that can be taken back, newest first: those after `after`, at most `limit`. */
export async function findDeletedTitles(
  env: Pick<Env, "DB" | "DELETE_GRACE_DAYS">,
  producerId: string,
  { after, limit, now }: { after: PageCursor | null; limit: number; now: number },
) {
  const older =
    after === null
      ? undefined
      : or(
          lt(titles.createdAt, after.createdAt),
          and(eq(titles.createdAt, after.createdAt), lt(titles.id, after.id)),
        );
  return await openDatabase(env)
    .select({ title: titles, deletedByName: producers.name })
    .from(titles)
    .leftJoin(producers, eq(producers.id, titles.deletedBy))
    .where(
      and(
        eq(titles.producerId, producerId),
        isNotNull(titles.deletedAt),
        gt(titles.deletedAt, now - deletionGraceMs(env)),
        sql`exists (select 1 from ${assets} where ${assets.titleId} = ${titles.id} and ${assets.purgedAt} is null)`,
        older,
      ),
    )
    .orderBy(desc(titles.createdAt), desc(titles.id))
    .limit(limit);
}

/**
 * Takes a deleted title of the producer back, with the film that was deleted last.
 * @returns `absent`: there is no such title, or it isn't deleted; `gone`: its grace is over
 */
export async function bringBackTitle(
  env: Env,
  producerId: string,
  titleId: string,
  now: number,
): Promise<"back" | "absent" | "gone"> {
  const newest = await openDatabase(env)
    .select({ id: assets.id, titleId: assets.titleId })
    .from(titles)
    .innerJoin(assets, eq(assets.titleId, titles.id))
    .where(
      and(
        eq(titles.id, titleId),
        eq(titles.producerId, producerId),
        isNotNull(titles.deletedAt),
        isNotNull(assets.deletedAt),
      ),
    )
    .orderBy(sql`${isNull(assets.purgedAt)} desc`, desc(assets.deletedAt), desc(assets.createdAt))
    .limit(1)
    .get();
  if (newest === undefined) return "absent";
  return (await bringBackAsset(env, newest, now)) ? "back" : "gone";
}
