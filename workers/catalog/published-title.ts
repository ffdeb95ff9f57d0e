/** Titles that can be watched, as the pages show them. */
import { and, eq, isNull, type SQL, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { assets, renditions, titles } from "./schema.ts";

/** A title with a published asset. Country lists are as in {@link titles}; `poster` is null until there is one. */
export interface PublishedTitle {
  id: string;
  slug: string;
  title: string;
  createdAt: number;
  updatedAt: number;
  allowedCountries: string[] | null;
  blockedCountries: string[];
  assetId: string;
  durationSeconds: number | null;
  /** `renditionKey` names its folder; the size is that of the largest picture, pixels. */
  poster: { renditionKey: string; width: number; height: number } | null;
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
      assetId: assets.id,
      durationSeconds: assets.durationSeconds,
      posterKey: renditions.key,
      posterWidth: renditions.width,
      posterHeight: renditions.height,
    })
    .from(titles)
    .innerJoin(assets, eq(assets.id, titles.assetId))
    .leftJoin(
      renditions,
      and(eq(renditions.assetId, assets.id), eq(renditions.kind, "image"), eq(renditions.status, "ready")),
    )
    .where(and(eq(assets.status, "ready"), sql`${assets.revision} > 0`, isNull(assets.deletedAt), where));
}

/** Gives a row of {@link selectPublished} its shape. */
export function toPublished(row: Awaited<ReturnType<typeof selectPublished>>[number]): PublishedTitle {
  const { posterKey, posterWidth, posterHeight, ...title } = row;
  const poster =
    posterKey === null
      ? null
      : { renditionKey: posterKey, width: posterWidth ?? 1280, height: posterHeight ?? 720 };
  return { ...title, poster };
}
