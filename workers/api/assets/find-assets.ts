/** A producer's assets, without the large columns (inspection, plan). Deleted ones do not exist. */
import { and, asc, desc, eq, isNull, lt, or, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets, renditions, titles } from "../../catalog/schema.ts";
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
  readyAt: assets.readyAt,
  title: titles.title,
  slug: titles.slug,
  posterKey: renditions.key,
  posterWidth: renditions.width,
  posterHeight: renditions.height,
};

// An asset has at most one image rendition, its poster.
const select = (env: Pick<Env, "DB">) =>
  openDatabase(env)
    .select(columns)
    .from(assets)
    .innerJoin(titles, eq(titles.id, assets.titleId))
    .leftJoin(
      renditions,
      and(eq(renditions.assetId, assets.id), eq(renditions.kind, "image"), eq(renditions.status, "ready")),
    );

/** An asset and its title, as rows. Times are Unix milliseconds. */
export type AssetRow = Awaited<ReturnType<typeof select>>[number];

/** The producer's assets, newest first: those after `after`, at most `limit`. */
export async function findAssets(
  env: Pick<Env, "DB">,
  producerId: string,
  options: { after: PageCursor | null; limit: number },
): Promise<AssetRow[]> {
  const { after, limit } = options;
  const older =
    after === null
      ? undefined
      : or(
          lt(assets.createdAt, after.createdAt),
          and(eq(assets.createdAt, after.createdAt), lt(assets.id, after.id)),
        );
  return select(env)
    .where(and(eq(assets.producerId, producerId), isNull(assets.deletedAt), older))
    .orderBy(desc(assets.createdAt), desc(assets.id))
    .limit(limit);
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

/** An asset's renditions: video by size from the largest, then audio, then images. */
export async function findRenditions(env: Pick<Env, "DB">, assetId: string) {
  return openDatabase(env)
    .select()
    .from(renditions)
    .where(eq(renditions.assetId, assetId))
    .orderBy(
      sql`case ${renditions.kind} when 'video' then 0 when 'audio' then 1 else 2 end`,
      desc(renditions.height),
      desc(renditions.bandwidth),
      asc(renditions.key),
    );
}

/** The transcoder's `Inspection` of the source as JSON, or null before it was inspected. */
export async function findInspection(env: Pick<Env, "DB">, assetId: string): Promise<unknown> {
  const row = await openDatabase(env)
    .select({ inspection: assets.inspection })
    .from(assets)
    .where(eq(assets.id, assetId))
    .get();
  return row?.inspection ?? null;
}

/** The decisions about the ladder and about early publishing, or null before the asset was planned. */
export async function findLadder(env: Pick<Env, "DB">, assetId: string): Promise<LadderJson | null> {
  const row = await openDatabase(env)
    .select({ plan: assets.plan })
    .from(assets)
    .where(eq(assets.id, assetId))
    .get();
  if (row?.plan == null) return null;
  const { ladder, first, passthrough } = parsePlan(row.plan);
  return {
    decisions: ladder.decisions.map(({ maxrateKbps, ...rest }) => ({ ...rest, maxrate: maxrateKbps * 1000 })),
    first_play: first,
    source_play: { key: passthrough.key, reason: passthrough.reason },
  };
}
