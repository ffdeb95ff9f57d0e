/** The pathways of the service, cached in the isolate for a few seconds: a viewer's request hardly ever reads D1 for them. */
import { eq } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { pathways } from "../../catalog/schema.ts";
import type { Pathway } from "./pathway.ts";

/** Longest that cached pathways are trusted, ms: the time in which a change reaches every isolate. */
export const pathwaysTtlMs = 15_000;

let cached: { pathways: readonly Pathway[]; readAt: number } | undefined;

/** The pathways in use, at most {@link pathwaysTtlMs} old at `now` (Unix ms). While D1 can't be read, the cached ones stay in use. */
export async function readPathways(env: Pick<Env, "DB">, now: number): Promise<readonly Pathway[]> {
  if (cached !== undefined && now >= cached.readAt && now - cached.readAt < pathwaysTtlMs)
    return cached.pathways;
  try {
    const rows = await openDatabase(env).select().from(pathways).where(eq(pathways.enabled, true));
    cached = { pathways: rows, readAt: now };
  } catch (error) {
    // Without pathways a film still plays from the edge; without this answer it would not.
    console.error("pathways can't be read", error);
    cached = { pathways: cached?.pathways ?? [], readAt: now };
  }
  return cached.pathways;
}

/** Drops the cached pathways, so that a change counts at once in this isolate. */
export function forgetPathways(): void {
  cached = undefined;
}
