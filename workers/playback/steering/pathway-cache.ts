/** The pathways of the service, held in the isolate for a few seconds: a viewer's request hardly ever asks D1 for them. */
import { eq } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { pathways } from "../../catalog/schema.ts";
import type { Pathway } from "./pathway.ts";

/** Longest that held pathways are trusted, ms: how soon a change reaches every isolate. */
export const pathwaysTtlMs = 15_000;

let held: { pathways: readonly Pathway[]; readAt: number } | undefined;

/** The pathways in use, at most {@link pathwaysTtlMs} old at `now` (Unix ms). While D1 can't be read, what is held goes on. */
export async function readPathways(env: Pick<Env, "DB">, now: number): Promise<readonly Pathway[]> {
  if (held !== undefined && now >= held.readAt && now - held.readAt < pathwaysTtlMs) return held.pathways;
  try {
    const rows = await openDatabase(env).select().from(pathways).where(eq(pathways.enabled, true));
    held = { pathways: rows, readAt: now };
  } catch (error) {
    // Without pathways a film still plays from the edge; without this answer it would not.
    console.error("pathways can't be read", error);
    held = { pathways: held?.pathways ?? [], readAt: now };
  }
  return held.pathways;
}

/** Forgets what this isolate holds, so that a change counts at once here. */
export function forgetPathways(): void {
  held = undefined;
}
