/** Places in a sorted list as SQL row values, because an index on the same columns then begins or ends just there. */
import { type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { PageCursor } from "../shared/page-cursor.ts";
import type { Place } from "./take-turns.ts";

/** The SQL of "sorts behind this place" by these columns, ascending; undefined from the beginning. */
export function behind(columns: SQLWrapper[], after: Place | null): SQL | undefined {
  return after === null ? undefined : sql`(${listOf(columns)}) > (${listOf(after)})`;
}

/** The SQL of "older than the row of this cursor", for lists that are sorted by creation time and id, newest first. */
export function olderThan(
  table: { createdAt: SQLWrapper; id: SQLWrapper },
  cursor: PageCursor | null,
): SQL | undefined {
  if (cursor === null) return undefined;
  return sql`(${table.createdAt}, ${table.id}) < (${cursor.createdAt}, ${cursor.id})`;
}

function listOf(parts: readonly unknown[]): SQL {
  return sql.join(
    parts.map((part) => sql`${part}`),
    sql`, `,
  );
}
