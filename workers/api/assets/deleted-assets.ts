/** What a producer has deleted and can still take back. */
import { and, desc, eq, isNotNull, lt, or } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets, producers, titles } from "../../catalog/schema.ts";
import { canBeTakenBack } from "../../pipeline/lifecycle/delete-asset.ts";
import { deletionGraceMs } from "../../safety/deletion-grace.ts";
import type { PageCursor } from "../../shared/page-cursor.ts";

const select = (env: Pick<Env, "DB">) =>
  openDatabase(env)
    .select({
      id: assets.id,
      titleId: assets.titleId,
      title: titles.title,
      filename: assets.filename,
      status: assets.status,
      sourceBytes: assets.sourceBytes,
      durationSeconds: assets.durationSeconds,
      createdAt: assets.createdAt,
      deletedAt: assets.deletedAt,
      deletedBy: assets.deletedBy,
      deletedByName: producers.name,
    })
    .from(assets)
    .innerJoin(titles, eq(titles.id, assets.titleId))
    .leftJoin(producers, eq(producers.id, assets.deletedBy));

/** A deleted asset and its title, as a row. Times are Unix milliseconds. */
export type DeletedRow = Awaited<ReturnType<typeof select>>[number];

/** The producer's deleted assets that can be taken back, newest first: those after `after`, at most `limit`. */
export async function findDeletedAssets(
  env: Pick<Env, "DB" | "DELETE_GRACE_DAYS">,
  producerId: string,
  { after, limit, now }: { after: PageCursor | null; limit: number; now: number },
): Promise<DeletedRow[]> {
  const older =
    after === null
      ? undefined
      : or(
          lt(assets.createdAt, after.createdAt),
          and(eq(assets.createdAt, after.createdAt), lt(assets.id, after.id)),
        );
  return await select(env)
    .where(
      and(eq(assets.producerId, producerId), isNotNull(assets.deletedAt), canBeTakenBack(env, now), older),
    )
    .orderBy(desc(assets.createdAt), desc(assets.id))
    .limit(limit);
}

/** One deleted asset of the producer, also one that can't be taken back any more; undefined when there is none. */
export async function findDeletedAsset(
  env: Pick<Env, "DB">,
  producerId: string,
  assetId: string,
): Promise<DeletedRow | undefined> {
  return await select(env)
    .where(and(eq(assets.id, assetId), eq(assets.producerId, producerId), isNotNull(assets.deletedAt)))
    .get();
}

/** The JSON of a deleted asset. Times are ISO 8601 (UTC); from `purged_after` on it can't be taken back. */
export function describeDeleted(env: Pick<Env, "DELETE_GRACE_DAYS">, row: DeletedRow) {
  return {
    id: row.id,
    title_id: row.titleId,
    title: row.title,
    filename: row.filename,
    status: row.status,
    duration: row.durationSeconds,
    source: { bytes: row.sourceBytes },
    created_at: new Date(row.createdAt).toISOString(),
    ...describeDeletion(env, row),
  };
}

/** When and by whom something was deleted, and the time from which it can't be taken back. */
export function describeDeletion(
  env: Pick<Env, "DELETE_GRACE_DAYS">,
  row: Pick<DeletedRow, "deletedAt" | "deletedBy" | "deletedByName">,
) {
  const deletedAt = row.deletedAt ?? 0;
  return {
    deleted_at: new Date(deletedAt).toISOString(),
    deleted_by: row.deletedBy === null ? null : { id: row.deletedBy, name: row.deletedByName },
    purged_after: new Date(deletedAt + deletionGraceMs(env)).toISOString(),
  };
}
