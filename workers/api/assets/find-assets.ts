/** A producer's assets, without the large columns (inspection, plan). Deleted ones do not exist. */
import { and, desc, eq, gte, isNotNull, isNull, sql } from "drizzle-orm";
import { planOf } from "../../catalog/archive/archive-document.ts";
import { openDatabase } from "../../catalog/database.ts";
import { olderThan } from "../../catalog/row-order.ts";
import { assets, titles } from "../../catalog/schema.ts";
import { parsePlan } from "../../pipeline/plan/plan.ts";
import type { PageCursor } from "../../shared/page-cursor.ts";
import type { LadderJson } from "./asset-json.ts";

const columns = {
  id: assets.id,
  titleId: assets.titleId,
  status: assets.status,
  work: assets.work,
  filename: assets.filename,
  language: assets.language,
  sourceBytes: assets.sourceBytes,
  sourceSha256: assets.sourceSha256,
  sourceReadAt: assets.sourceReadAt,
  durationSeconds: assets.durationSeconds,
  errorCode: assets.errorCode,
  errorDetail: assets.errorDetail,
  errorLog: assets.errorLog,
  createdAt: assets.createdAt,
  updatedAt: assets.updatedAt,
  readyAt: assets.readyAt,
  taskSums: assets.taskSums,
  title: titles.title,
  slug: titles.slug,
  verifiedAt: assets.verifiedAt,
  posterKey: assets.posterKey,
  posterWidth: assets.posterWidth,
  posterHeight: assets.posterHeight,
};

const select = (env: Pick<Env, "DB">) =>
  openDatabase(env).select(columns).from(assets).innerJoin(titles, eq(titles.id, assets.titleId));

/** An asset and its title, as rows. Times are Unix milliseconds. */
export type AssetRow = Awaited<ReturnType<typeof select>>[number];

/** The producer's assets, newest first: those after `after`, at most `limit`. */
export async function findAssets(
  env: Pick<Env, "DB">,
  producerId: string,
  options: { after: PageCursor | null; limit: number },
): Promise<AssetRow[]> {
  const { after, limit } = options;
  return select(env)
    .where(and(eq(assets.producerId, producerId), isNull(assets.deletedAt), olderThan(assets, after)))
    .orderBy(desc(assets.createdAt), desc(assets.id))
    .limit(limit);
}

/**
 * The producer's assets that were written at or after `since`, and those of `ids`, whether or not they were; and the ids of
 * those that were deleted since. At most `limit` by their time, those written first.
 * @param since Unix milliseconds
 */
export async function findChangedAssets(
  env: Pick<Env, "DB">,
  producerId: string,
  options: { since: number; ids: string[]; limit: number },
): Promise<{ changed: AssetRow[]; asked: AssetRow[]; deleted: string[] }> {
  const { since, ids, limit } = options;
  const isTheirs = eq(assets.producerId, producerId);
  const isChanged = and(isTheirs, gte(assets.updatedAt, since));
  const isAsked = sql`${assets.id} in (select value from json_each(${JSON.stringify(ids)}))`;
  const [changed, asked, deleted] = await Promise.all([
    select(env)
      .where(and(isChanged, isNull(assets.deletedAt)))
      .orderBy(assets.updatedAt)
      .limit(limit),
    // A plus keeps SQLite from walking through all of the producer's assets in search of the few.
    ids.length === 0
      ? []
      : select(env).where(and(isAsked, sql`+${assets.producerId} = ${producerId}`, isNull(assets.deletedAt))),
    openDatabase(env)
      .select({ id: assets.id })
      .from(assets)
      .where(and(isChanged, isNotNull(assets.deletedAt)))
      .orderBy(assets.updatedAt)
      .limit(limit),
  ]);
  return { changed, asked, deleted: deleted.map(({ id }) => id) };
}

/** One asset of the producer; undefined when there is none, also when it is another producer's. */
export async function findAsset(
  env: Pick<Env, "DB">,
  producerId: string,
  assetId: string,
): Promise<AssetRow | undefined> {
  return select(env)
    .where(and(eq(assets.id, assetId), eq(assets.producerId, producerId), isNull(assets.deletedAt)))
    .get();
}

/** The newest asset of a title of the producer, whatever its status. */
export async function findAssetOfTitle(
  env: Pick<Env, "DB">,
  producerId: string,
  titleId: string,
): Promise<AssetRow | undefined> {
  return select(env)
    .where(and(eq(assets.titleId, titleId), eq(assets.producerId, producerId), isNull(assets.deletedAt)))
    .orderBy(desc(assets.createdAt))
    .limit(1)
    .get();
}

/** An asset's plan and the transcoder's inspection of its source, as JSON; null before it was inspected. */
export async function findPlan(
  env: Pick<Env, "DB" | "MEDIA">,
  assetId: string,
): Promise<{ plan: unknown; inspection: unknown } | null> {
  const { id, revision, archivedAt, plan, inspection } = assets;
  const row = await openDatabase(env)
    .select({ id, revision, archivedAt, plan, inspection })
    .from(assets)
    .where(eq(assets.id, assetId))
    .get();
  return row === undefined ? null : await planOf(env, row);
}

/** The decisions about the ladder and about early publishing; null before the asset was planned. */
export function ladderOf(planned: { plan: unknown } | null): LadderJson | null {
  if (planned?.plan == null) return null;
  const { ladder, first, passthrough } = parsePlan(planned.plan);
  return {
    decisions: ladder.decisions.map(({ maxrateKbps, ...rest }) => ({ ...rest, maxrate: maxrateKbps * 1000 })),
    first_play: first,
    source_play: { key: passthrough.key, reason: passthrough.reason },
  };
}
