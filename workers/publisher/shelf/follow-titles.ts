/** Finds the titles that a bundle of changes is about. */
import { sql } from "drizzle-orm";
import type { Change } from "../../catalog/changes.ts";
import type { Database } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { serviceScope } from "../../playback/policy/policy-document.ts";

/** The ids of the titles that changes are about, in the order of the changes, and whether the service's own policy is among them. */
export async function changedTitles(
  db: Database,
  found: readonly Change[],
): Promise<{ ids: string[]; hasServicePolicy: boolean }> {
  const assetIds = JSON.stringify(found.filter(({ scope }) => scope === "asset").map(({ id }) => id));
  const rows = await db
    .select({ id: assets.id, titleId: assets.titleId })
    .from(assets)
    .where(sql`${assets.id} in (select value from json_each(${assetIds}))`);
  const titleOfAsset = new Map(rows.map(({ id, titleId }) => [id, titleId]));
  const ids = new Set<string>();
  let hasServicePolicy = false;
  for (const { scope, id } of found) {
    const policyOf = scope === "policy" ? id.slice(0, id.lastIndexOf("/")) : undefined;
    if (policyOf === serviceScope) hasServicePolicy = true;
    const titleId = scope === "title" ? id : scope === "asset" ? titleOfAsset.get(id) : policyOf;
    if (titleId !== undefined && titleId !== serviceScope) ids.add(titleId);
  }
  return { ids: [...ids], hasServicePolicy };
}
