import { eq } from "drizzle-orm";
import { z } from "zod";
import {
  archiveKeys,
  type Rendition,
  readArchive,
  readStored,
} from "../../catalog/archive/archive-document.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";

const taskRows = z.array(z.record(z.string(), z.unknown()));

/**
 * Brings plan, inspection, renditions and tasks of an archived asset back into the database, before its work is opened again. Of two
 * callers one brings them back, and both find them there.
 * @returns false when the archive is gone, or the asset is
 */
export async function restoreAsset(env: Env, assetId: string): Promise<boolean> {
  const asset = await openDatabase(env).select().from(assets).where(eq(assets.id, assetId)).get();
  if (asset === undefined || asset.deletedAt !== null) return false;
  if (asset.archivedAt === null) return true;
  const archive = await readArchive(env, asset);
  if (archive === null) return false;
  // Without them the film is inspected and planned anew; what was stored is found again by its keys.
  const rows = taskRows.parse((await readStored(env, archiveKeys(assetId).tasks)) ?? []);
  // One JSON parameter for all rows: D1 takes at most 100 parameters a statement.
  const insertArchived = (table: string, members: readonly string[], values: object[]) =>
    env.DB.prepare(
      `insert or ignore into ${table} (${members.map(columnOf).join(", ")})
       select ${members.map((member) => `value ->> '${member}'`).join(", ")} from json_each(?1)
       where exists (select 1 from assets where id = ?2 and archived_at = ?3 and deleted_at is null)`,
    ).bind(JSON.stringify(values), assetId, asset.archivedAt);
  await env.DB.batch([
    insertArchived(
      "tasks",
      taskColumns,
      rows.map((row) => ({ ...row, producerId: asset.producerId })),
    ),
    insertArchived("renditions", renditionColumns, archive.renditions),
    env.DB.prepare(
      `update assets set plan = ?1, inspection = ?4, archived_at = null
       where id = ?2 and archived_at = ?3 and deleted_at is null`,
    ).bind(JSON.stringify(archive.plan), assetId, asset.archivedAt, JSON.stringify(archive.inspection)),
  ]);
  return true;
}

/** The members of an archived row, named as the schema names them. */
const taskColumns = [
  ...[
    "id",
    "assetId",
    "producerId",
    "kind",
    "ordinal",
    "priority",
    "stage",
    "needs",
    "status",
    "spec",
    "attempts",
  ],
  ...["notBefore", "progress", "plannedSeconds", "reportKey", "errorCode", "errorDetail", "errorLog"],
  ...["cpuSeconds", "queuedAt", "resentAt", "startedAt", "finishedAt"],
];
const renditionColumns: readonly (keyof Rendition)[] = [
  ...(["assetId", "key", "kind", "label", "status", "codecs", "width", "height", "frameRate"] as const),
  ...(["channels", "language", "isDefault", "isForced", "isSdh", "loudness", "note"] as const),
  ...(["bandwidth", "averageBandwidth", "iframeBandwidth", "segmentCount", "frameCount"] as const),
  ...(["bytes", "durationSeconds", "rootHash"] as const),
];

/** The column of a member: `notBefore` is `not_before`. */
function columnOf(member: string): string {
  return member.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
