/** A producer's uploads, newest first, page by page. */
import { and, desc, eq } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { olderThan } from "../catalog/row-order.ts";
import { uploads } from "../catalog/schema.ts";
import { Problem } from "../http/problem.ts";
import { type PageCursor, readCursor, writeCursor } from "../shared/page-cursor.ts";
import type { Upload } from "./upload-row.ts";

const defaultLimit = 50;
const maxLimit = 200;

/** Reads `limit` (1–200, default 50) and `cursor` of a list. @throws Problem 400 `invalid_query` */
export function parsePage(query: { limit?: string | undefined; cursor?: string | undefined }): {
  limit: number;
  after: PageCursor | null;
} {
  const limit = query.limit === undefined ? defaultLimit : Number(query.limit);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new Problem(400, "invalid_query", `\`limit\` must be a whole number from 1 to ${maxLimit}.`);
  }
  const after = query.cursor === undefined ? null : readCursor(query.cursor);
  if (query.cursor !== undefined && after === null) {
    throw new Problem(
      400,
      "invalid_query",
      "`cursor` is not one of ours; use `next_cursor` of the page before.",
    );
  }
  return { limit, after };
}

/** One page of the producer's uploads, and the cursor of the next page (null: this is the last). */
export async function listUploads(
  env: Pick<Env, "DB">,
  producerId: string,
  page: { limit: number; after: PageCursor | null },
): Promise<{ uploads: Upload[]; nextCursor: string | null }> {
  const { limit, after } = page;
  const rows = await openDatabase(env)
    .select()
    .from(uploads)
    .where(and(eq(uploads.producerId, producerId), olderThan(uploads, after)))
    .orderBy(desc(uploads.createdAt), desc(uploads.id))
    .limit(limit + 1);
  const last = rows.length > limit ? rows[limit - 1] : undefined;
  return {
    uploads: rows.slice(0, limit),
    nextCursor: last === undefined ? null : writeCursor({ createdAt: last.createdAt, id: last.id }),
  };
}
