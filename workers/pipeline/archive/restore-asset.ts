import { eq } from "drizzle-orm";
import { z } from "zod";
import { openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { archiveKeys, readArchive } from "./archive-document.ts";

const taskRows = z.array(z.record(z.string(), z.unknown()));

/**
 * Brings plan, inspection and tasks of an archived asset back into the database, before its work is opened again. Of two
 * callers one brings them back, and both find them there.
 * @returns false when the archive is gone, or the asset is
 */
export async function restoreAsset(env: Env, assetId: string): Promise<boolean> {
  const asset = await openDatabase(env).select().from(assets).where(eq(assets.id, assetId)).get();
  if (asset === undefined || asset.deletedAt !== null) return false;
  if (asset.archivedAt === null) return true;
  const archive = await readArchive(env, asset);
  if (archive === null) return false;
  const stored = await (await env.MEDIA.get(archiveKeys(assetId).tasks))?.text();
  // Without them the film is inspected and planned anew; what was stored is found again by its keys.
  const rows = taskRows.parse(stored === undefined ? [] : JSON.parse(stored));
  await env.DB.batch([
    // One JSON parameter for all rows: D1 takes at most 100 parameters a statement.
    env.DB.prepare(
      `insert or ignore into tasks (producer_id, ${columns.map(([column]) => column).join(", ")})
       select ?4, ${columns.map(([, path]) => path).join(", ")} from json_each(?1)
       where exists (select 1 from assets where id = ?2 and archived_at = ?3 and deleted_at is null)`,
    ).bind(JSON.stringify(rows), assetId, asset.archivedAt, asset.producerId),
    env.DB.prepare(
      `update assets set plan = ?1, inspection = ?4, archived_at = null
       where id = ?2 and archived_at = ?3 and deleted_at is null`,
    ).bind(JSON.stringify(archive.plan), assetId, asset.archivedAt, JSON.stringify(archive.inspection)),
  ]);
  return true;
}

/** The columns of `tasks` and the members of an archived row that they come from. */
const columns = [
  ...(
    [
      ...[
        "id",
        "assetId",
        "kind",
        "ordinal",
        "priority",
        "stage",
        "needs",
        "status",
        "attempts",
        "notBefore",
      ],
      ...["progress", "plannedSeconds", "reportKey", "errorCode", "errorDetail", "errorLog", "cpuSeconds"],
      ...["queuedAt", "resentAt", "startedAt", "finishedAt"],
    ] as const
  ).map((member): [string, string] => [
    member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    `value ->> '${member}'`,
  ]),
  ["spec", "value -> 'spec'"] as [string, string],
];
