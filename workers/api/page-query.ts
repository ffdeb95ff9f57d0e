import type { Context } from "hono";
import { Problem } from "../http/problem.ts";
import { type PageCursor, readCursor } from "../shared/page-cursor.ts";

const defaultLimit = 50;
const maxLimit = 100;

/** Reads `?limit=1…100&cursor=…` of a list. @throws Problem 400 `invalid_limit`, `invalid_cursor` */
export function readPageQuery(c: Context): { after: PageCursor | null; limit: number } {
  const limit = c.req.query("limit") ?? String(defaultLimit);
  if (!/^\d{1,3}$/.test(limit) || Number(limit) < 1 || Number(limit) > maxLimit) {
    throw new Problem(400, "invalid_limit", `\`limit\` must be a whole number from 1 to ${maxLimit}.`);
  }
  const cursor = c.req.query("cursor");
  const after = cursor === undefined ? null : readCursor(cursor);
  if (cursor !== undefined && after === null) {
    throw new Problem(
      400,
      "invalid_cursor",
      "Use `next_cursor` of the page before as it is, or leave `cursor` out.",
    );
  }
  return { after, limit: Number(limit) };
}
