/** Watchable titles, newest first, one page at a time. */
import { and, desc, eq, lt, or } from "drizzle-orm";
import type { PageCursor } from "../shared/page-cursor.ts";
import { openDatabase } from "./database.ts";
import { type PublishedTitle, selectPublished, toPublished } from "./published-title.ts";
import { titles } from "./schema.ts";

/** Rows of one read, and most reads for one page: together they bound one request's work. */
const rowsPerRead = 100;
const maxReads = 5;

/** One page: its titles, and the place at which the next begins (null at the end). */
export interface PublishedPage {
  titles: PublishedTitle[];
  next: PageCursor | null;
}

/**
 * Reads up to `limit` titles that `mayShow` lets through. Policies stay in one place (the caller's), so they are applied to
 * rows, not in SQL; a page may therefore be short, yet have a next one.
 */
export async function browseTitles(
  env: Pick<Env, "DB">,
  options: { after: PageCursor | null; limit: number; mayShow: (title: PublishedTitle) => boolean },
): Promise<PublishedPage> {
  const db = openDatabase(env);
  const shown: PublishedTitle[] = [];
  let after = options.after;
  for (let read = 0; read < maxReads; read++) {
    const rows = await selectPublished(db, after === null ? undefined : older(after))
      .orderBy(desc(titles.createdAt), desc(titles.id))
      .limit(rowsPerRead);
    for (const row of rows) {
      const title = toPublished(row);
      if (title.id === shown.at(-1)?.id || !options.mayShow(title)) {
        after = title;
        continue;
      }
      if (shown.length === options.limit) return { titles: shown, next: after };
      shown.push(title);
      after = title;
    }
    if (rows.length < rowsPerRead) return { titles: shown, next: null };
  }
  return { titles: shown, next: after };
}

function older(than: PageCursor) {
  return or(
    lt(titles.createdAt, than.createdAt),
    and(eq(titles.createdAt, than.createdAt), lt(titles.id, than.id)),
  );
}
