/** Titles that can be watched, as the pages show them. */
import { and, eq, gt, isNull, type SQL } from "drizzle-orm";
import { type Database, openDatabase } from "./database.ts";
import { type PosterFolder, posterOf } from "./poster-folder.ts";
import { assets, policyVersions, renditions, titles } from "./schema.ts";

/**
 * A title with a published asset. Country lists and versions are as in {@link titles}; `policy` is the document of its own
 * policy, `poster` its picture; null when it has none.
 */
export interface PublishedTitle {
  id: string;
  slug: string;
  title: string;
  createdAt: number;
  updatedAt: number;
  allowedCountries: string[] | null;
  blockedCountries: string[];
  policyVersion: number;
  hasOwnPolicy: boolean;
  policy: unknown;
  assetId: string;
  durationSeconds: number | null;
  poster: PosterFolder | null;
}

/** Selects titles whose asset is published, ready to be narrowed, ordered and limited by the caller. */
export function selectPublished(db: Database, where: SQL | undefined) {
  return db
    .select({
      id: titles.id,
      slug: titles.slug,
      title: titles.title,
      createdAt: titles.createdAt,
      updatedAt: titles.updatedAt,
      allowedCountries: titles.allowedCountries,
      blockedCountries: titles.blockedCountries,
      policyVersion: titles.policyVersion,
      hasOwnPolicy: titles.hasOwnPolicy,
      policy: policyVersions.document,
      assetId: assets.id,
      durationSeconds: assets.durationSeconds,
      posterKey: renditions.key,
      posterWidth: renditions.width,
      posterHeight: renditions.height,
    })
    .from(titles)
    .innerJoin(assets, eq(assets.id, titles.assetId))
    .leftJoin(
      policyVersions,
      and(
        eq(titles.hasOwnPolicy, true),
        eq(policyVersions.scope, titles.id),
        eq(policyVersions.version, titles.policyVersion),
      ),
    )
    .leftJoin(
      renditions,
      and(eq(renditions.assetId, assets.id), eq(renditions.kind, "image"), eq(renditions.status, "ready")),
    )
    .where(and(gt(assets.revision, 0), isNull(assets.deletedAt), isNull(titles.deletedAt), where));
}

/** Gives a row of {@link selectPublished} its shape. */
export function toPublished(row: Awaited<ReturnType<typeof selectPublished>>[number]): PublishedTitle {
  const { posterKey, posterWidth, posterHeight, ...title } = row;
  const poster = posterOf(row.assetId, { key: posterKey, width: posterWidth, height: posterHeight });
  return { ...title, poster };
}

/** The watchable title with this slug, or undefined. */
export async function findPublished(env: Pick<Env, "DB">, slug: string): Promise<PublishedTitle | undefined> {
  const row = await selectPublished(openDatabase(env), eq(titles.slug, slug)).limit(1).get();
  return row === undefined ? undefined : toPublished(row);
}
