/** A producer's titles, without deleted ones, as rows and as the API's JSON. */
import { and, desc, eq, isNull } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { olderThan } from "../../catalog/row-order.ts";
import { titles } from "../../catalog/schema.ts";
import type { PageCursor } from "../../shared/page-cursor.ts";

/** A title's row. */
export type TitleRow = typeof titles.$inferSelect;

/** The producer's titles, newest first: those after `after`, at most `limit`. */
export async function findTitles(
  env: Pick<Env, "DB">,
  producerId: string,
  options: { after: PageCursor | null; limit: number },
): Promise<TitleRow[]> {
  const { after, limit } = options;
  return openDatabase(env)
    .select()
    .from(titles)
    .where(and(eq(titles.producerId, producerId), isNull(titles.deletedAt), olderThan(titles, after)))
    .orderBy(desc(titles.createdAt), desc(titles.id))
    .limit(limit);
}

/** One title of the producer; undefined when there is none, also when it is another producer's. */
export async function findTitle(
  env: Pick<Env, "DB">,
  producerId: string,
  titleId: string,
): Promise<TitleRow | undefined> {
  return openDatabase(env)
    .select()
    .from(titles)
    .where(and(eq(titles.id, titleId), eq(titles.producerId, producerId), isNull(titles.deletedAt)))
    .get();
}

/**
 * A title in the API. Times are ISO 8601 (UTC); `allowed_countries` null means everywhere. A title with its own policy
 * (`policy.kind` `own`) has no country lists: both are null.
 */
export function describeTitle(row: TitleRow) {
  return {
    id: row.id,
    slug: row.slug,
    title: row.title,
    kind: row.kind,
    language: row.language,
    allowed_countries: row.hasOwnPolicy ? null : row.allowedCountries,
    blocked_countries: row.hasOwnPolicy ? null : row.blockedCountries,
    policy: { kind: row.hasOwnPolicy ? "own" : "countries", version: row.policyVersion },
    allowed_origins: row.allowedOrigins,
    allows_native_players: row.allowsNativePlayers,
    encryption: row.encryption,
    poster_access: row.posterAccess,
    asset_id: row.assetId,
    created_at: new Date(row.createdAt).toISOString(),
    updated_at: new Date(row.updatedAt).toISOString(),
  };
}
