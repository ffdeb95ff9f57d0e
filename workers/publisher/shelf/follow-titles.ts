/** Finds the titles that a bundle of changes is about. */
import { sql } from "drizzle-orm";
import type { Change } from "../../catalog/changes.ts";
import type { Database } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { serviceScope } from "../../playback/policy/service-policy.ts";

/** The ids of the titles that changes are about, each once, and whether the service's own policy is among them. */
export async function changedTitles(
  db: Database,
  found: readonly Change[],
): Promise<{ ids: string[]; hasServicePolicy: boolean }> {
  const scopes = found
    .filter(({ scope }) => scope === "policy")
    .map(({ id }) => id.slice(0, id.lastIndexOf("/")));
  const ids = new Set(found.filter(({ scope }) => scope === "title").map(({ id }) => id));
  for (const scope of scopes) if (scope !== serviceScope) ids.add(scope);
  const assetIds = JSON.stringify(found.filter(({ scope }) => scope === "asset").map(({ id }) => id));
  const owners = await db
    .selectDistinct({ titleId: assets.titleId })
    .from(assets)
    .where(sql`${assets.id} in (select value from json_each(${assetIds}))`);
  for (const { titleId } of owners) ids.add(titleId);
  return { ids: [...ids], hasServicePolicy: scopes.includes(serviceScope) };
}
