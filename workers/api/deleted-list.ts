/** What the lists of deleted assets and of deleted titles have in common. */
import type { Context } from "hono";
import { Problem } from "../http/problem.ts";
import { type PageCursor, writeCursor } from "../shared/page-cursor.ts";

/** Reads `?deleted=true` of a list. @throws Problem 400 `invalid_deleted` */
export function isDeletedList(c: Context): boolean {
  const deleted = c.req.query("deleted") ?? "false";
  if (deleted !== "true" && deleted !== "false") {
    throw new Problem(400, "invalid_deleted", "`deleted` must be true or false.");
  }
  return deleted === "true";
}

/** The first `limit` of the rows that were read, and the cursor of the next page; null where none follows. */
export function pageOf<Row extends PageCursor>(
  rows: Row[],
  limit: number,
): { shown: Row[]; next: string | null } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return { shown, next: rows.length > limit && last !== undefined ? writeCursor(last) : null };
}

/** The refusal to take back what was deleted too long ago. */
export function gone(): Problem {
  return new Problem(
    410,
    "deletion_final",
    "The time for taking it back is over, and its files are being removed. Upload the film again.",
  );
}
