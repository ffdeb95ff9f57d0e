/** Reading the catalogue's rows as the shelf shows them. */
import { and, desc, eq, gt, isNull, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../catalog/database.ts";
import { posterOf } from "../../catalog/poster-folder.ts";
import { assets, policyVersions, titles } from "../../catalog/schema.ts";
import {
  type ClassRules,
  classOf,
  rulesOfTitle,
  type ShelvedFilm,
} from "../../playback/shelf/shelf-objects.ts";

/** A film to be put on the shelf, with its title's id and rules. */
export interface ShelvedRow {
  titleId: string;
  film: ShelvedFilm;
  rules: ClassRules;
}

/**
 * Reads the watchable titles that have a position and that `where` narrows down to, highest position first. A title can be
 * watched when its asset was published and is not deleted.
 */
export async function readShelved(db: Database, where: SQL): Promise<ShelvedRow[]> {
  const rows = await db
    .select({
      titleId: titles.id,
      position: titles.shelfPosition,
      slug: titles.slug,
      title: titles.title,
      allowedCountries: titles.allowedCountries,
      blockedCountries: titles.blockedCountries,
      hasOwnPolicy: titles.hasOwnPolicy,
      policy: policyVersions.document,
      assetId: assets.id,
      durationSeconds: assets.durationSeconds,
      posterKey: assets.posterKey,
      posterWidth: assets.posterWidth,
      posterHeight: assets.posterHeight,
    })
    .from(titles)
    // CROSS JOIN keeps SQLite from beginning with the assets, of which there are more.
    .crossJoin(assets)
    .leftJoin(
      policyVersions,
      and(
        eq(titles.hasOwnPolicy, true),
        eq(policyVersions.scope, titles.id),
        eq(policyVersions.version, titles.policyVersion),
      ),
    )
    .where(and(eq(assets.id, titles.assetId), gt(assets.revision, 0), isNull(assets.deletedAt), where))
    .orderBy(desc(titles.shelfPosition));
  const shelved: ShelvedRow[] = [];
  for (const { titleId, position, slug, title, assetId, durationSeconds, ...row } of rows) {
    if (position === null || position === shelved.at(-1)?.film.position) continue;
    const { posterKey, posterWidth, posterHeight } = row;
    const poster = posterOf(assetId, { key: posterKey, width: posterWidth, height: posterHeight });
    const rules = rulesOfTitle(row);
    const film = { position, class: await classOf(rules), slug, title, assetId, durationSeconds, poster };
    shelved.push({ titleId, film, rules });
  }
  return shelved;
}

/** Narrows down to titles with these ids. One JSON parameter, because D1 allows 100 a statement. */
export function isOneOf(ids: readonly string[]): SQL {
  return sql`${titles.id} in (select value from json_each(${JSON.stringify(ids)}))`;
}
