/** Reads from D1 what the documents of the edge are made of: a few statements for a whole batch, all as of one moment. */
import { and, desc, eq, gt, inArray, isNull, max, or, sql } from "drizzle-orm";
import type { Database } from "../../catalog/database.ts";
import {
  assets,
  changes,
  pathways,
  policyVersions,
  renditions,
  signingKeys,
  titles,
} from "../../catalog/schema.ts";
import { serviceScope } from "../../playback/policy/policy-document.ts";

/** Producers' keys that are published; of more, the newest. */
const maxKeys = 20_000;

/** The ids of what is to be written. */
export interface Wanted {
  titleIds: ReadonlySet<string>;
  slugs: ReadonlySet<string>;
  assetIds: ReadonlySet<string>;
}

/** The rows, as of the change number `seq`. */
export type EdgeRows = Awaited<ReturnType<typeof readEdgeRows>>;

/** Reads the rows of these things, and of what belongs to them. From the primary database, in one transaction. */
export async function readEdgeRows(db: Database, { titleIds, slugs, assetIds }: Wanted) {
  const ofAssets = sql`(select ${assets.titleId} from ${assets} where ${assets.id} in ${listed(assetIds)})`;
  const isWanted = or(
    inArray(titles.id, listed(titleIds)),
    inArray(titles.slug, listed(slugs)),
    inArray(titles.id, ofAssets),
  );
  const wantedTitles = db.select({ id: titles.id }).from(titles).where(isWanted);
  const [[newest], titleRows, policyRows, assetRows, renditionRows, service, pathwayRows, keyRows] =
    await db.batch([
      db.select({ seq: max(changes.seq) }).from(changes),
      db.select().from(titles).where(isWanted),
      db
        .select({ scope: policyVersions.scope, document: policyVersions.document })
        .from(policyVersions)
        .innerJoin(
          titles,
          and(eq(titles.id, policyVersions.scope), eq(titles.policyVersion, policyVersions.version)),
        )
        .where(and(eq(titles.hasOwnPolicy, true), isWanted)),
      db
        .select({
          id: assets.id,
          titleId: assets.titleId,
          producerId: assets.producerId,
          status: assets.status,
          revision: assets.revision,
          archivedAt: assets.archivedAt,
          durationSeconds: assets.durationSeconds,
          createdAt: assets.createdAt,
          deletedAt: assets.deletedAt,
        })
        .from(assets)
        .where(or(inArray(assets.id, listed(assetIds)), inArray(assets.titleId, wantedTitles)))
        .orderBy(desc(assets.createdAt)),
      db
        .select()
        .from(renditions)
        .where(
          and(
            inArray(renditions.assetId, listed(assetIds)),
            inArray(renditions.status, ["ready", "retired"]),
            inArray(
              renditions.assetId,
              db
                .select({ id: assets.id })
                .from(assets)
                .where(
                  and(inArray(assets.id, listed(assetIds)), gt(assets.revision, 0), isNull(assets.deletedAt)),
                ),
            ),
          ),
        ),
      selectServicePolicy(db),
      db.select().from(pathways).where(eq(pathways.enabled, true)).orderBy(pathways.id),
      db
        .select({
          kid: signingKeys.kid,
          producerId: signingKeys.producerId,
          publicKey: signingKeys.publicKey,
        })
        .from(signingKeys)
        .where(isNull(signingKeys.revokedAt))
        .orderBy(desc(signingKeys.change))
        .limit(maxKeys),
    ]);
  return {
    seq: newest?.seq ?? 0,
    titles: titleRows,
    policies: new Map(policyRows.map(({ scope, document }) => [scope, document])),
    assets: assetRows,
    renditions: renditionRows,
    service: service[0] ?? null,
    pathways: pathwayRows,
    keys: keyRows,
  };
}

/** The titles of these assets, and the assets of these titles and those. */
export async function readRelated(
  db: Database,
  { titleIds, assetIds }: Pick<Wanted, "titleIds" | "assetIds">,
): Promise<{ id: string; titleId: string }[]> {
  const named = db
    .select({ titleId: assets.titleId })
    .from(assets)
    .where(inArray(assets.id, listed(assetIds)));
  return await db
    .select({ id: assets.id, titleId: assets.titleId })
    .from(assets)
    .where(or(inArray(assets.titleId, listed(titleIds)), inArray(assets.titleId, named)));
}

/** The present addresses of these titles. */
export async function readSlugs(db: Database, titleIds: ReadonlySet<string>): Promise<string[]> {
  const rows = await db
    .select({ slug: titles.slug })
    .from(titles)
    .where(inArray(titles.id, listed(titleIds)));
  return rows.map(({ slug }) => slug);
}

// One JSON parameter: D1 takes at most 100 parameters a statement.
function listed(ids: ReadonlySet<string>) {
  return sql`(select value from json_each(${JSON.stringify([...ids])}))`;
}

/** Selects the newest version of the service's policy: one row, or none. */
export function selectServicePolicy(db: Database) {
  return db
    .select({ version: policyVersions.version, document: policyVersions.document })
    .from(policyVersions)
    .where(eq(policyVersions.scope, serviceScope))
    .orderBy(desc(policyVersions.version))
    .limit(1);
}
