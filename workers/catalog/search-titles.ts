/** Search by the words of a title: any letter case, without diacritics, prefixes count, best match first. */
import { inArray, sql } from "drizzle-orm";
import { openDatabase } from "./database.ts";
import { type PublishedTitle, selectPublished, toPublished } from "./published-title.ts";
import { titles } from "./schema.ts";
import { searchTerms } from "./search-terms.ts";

/** Most hits that one search looks at; a person who needs more types another word. */
const maxHits = 300;

/**
 * The watchable titles that match `input` and that `mayShow` lets through, best first.
 * Never fails on any input; one without a searchable word finds nothing.
 */
export async function searchTitles(
  env: Pick<Env, "DB">,
  input: string,
  mayShow: (title: PublishedTitle) => boolean,
): Promise<PublishedTitle[]> {
  const terms = searchTerms(input);
  if (terms === null) return [];
  const db = openDatabase(env);
  // `rank` is bm25; among equals the newest is first.
  const ranked = await db.all<{ id: string }>(
    sql`select t.id from titles_search s join titles t on t.rowid = s.rowid
        where titles_search match ${terms} and t.deleted_at is null order by s.rank, s.rowid desc limit ${maxHits}`,
  );
  if (ranked.length === 0) return [];
  // One JSON parameter: D1 allows 100 parameters a statement.
  const ids = JSON.stringify(ranked.map((hit) => hit.id));
  const rows = await selectPublished(db, inArray(titles.id, sql`(select value from json_each(${ids}))`));
  const byId = new Map(rows.map((row) => [row.id, toPublished(row)]));
  return ranked.flatMap(({ id }) => {
    const title = byId.get(id);
    return title !== undefined && mayShow(title) ? [title] : [];
  });
}
