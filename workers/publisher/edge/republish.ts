/** Writes everything at the edge anew from D1, in pages: after a rebuild, or when the bucket has lost documents. */
import { asc, gt } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { titles } from "../../catalog/schema.ts";
import { applyFeed } from "../../playback/published/published.ts";
import { publish } from "./publish.ts";

/** Titles of one page: with their films some 200 documents, well below the requests that one invocation may make. */
const perPage = 50;

/**
 * Publishes the titles behind `after` (an id; null: from the beginning, with the service and the keys).
 * @returns how many, and the id to go on from (null: that was all)
 */
export async function republish(
  env: Pick<Env, "DB" | "MEDIA">,
  after: string | null,
  now: number,
): Promise<{ published: number; next: string | null }> {
  const rows = await openDatabase(env)
    .select({ id: titles.id })
    .from(titles)
    .where(after === null ? undefined : gt(titles.id, after))
    .orderBy(asc(titles.id))
    .limit(perPage);
  const isFirst = after === null;
  const titleIds = rows.map(({ id }) => id);
  const feed = await publish(env, { titleIds, assetIds: [], service: isFirst, keys: isFirst }, now);
  if (feed !== null) applyFeed(feed, now);
  return { published: rows.length, next: rows.length < perPage ? null : (rows.at(-1)?.id ?? null) };
}
