import { eq } from "drizzle-orm";
import { openDatabase } from "../database.ts";
import { assets, renditions } from "../schema.ts";
import { type ArchivedAsset, type ArchiveEnv, type Rendition, readArchive } from "./archive-document.ts";

/** The order of kinds in lists; within one the largest first. */
const kinds: readonly Rendition["kind"][] = ["video", "audio", "image", "storyboard", "text"];

/**
 * An asset's renditions, wherever they are: in the database, or in its archive. Video comes first, from the largest, then
 * sound, then the rest. None when there is no such asset; without the archived ones when the archive is gone, which raises an
 * alarm.
 */
export async function readRenditions(env: ArchiveEnv, assetId: string): Promise<Rendition[]> {
  const db = openDatabase(env);
  const { id, revision, archivedAt } = assets;
  // As of one moment: between two readings an asset might be archived.
  const [[asset], rows] = await db.batch([
    db.select({ id, revision, archivedAt }).from(assets).where(eq(assets.id, assetId)),
    db.select().from(renditions).where(eq(renditions.assetId, assetId)),
  ]);
  return asset === undefined ? [] : (await withArchived(env, asset, rows)).sort(inOrder);
}

/** Adds the archived renditions of an asset to those that the database still has. */
async function withArchived(env: ArchiveEnv, asset: ArchivedAsset, rows: Rendition[]): Promise<Rendition[]> {
  if (asset.archivedAt === null) return rows;
  const archive = await readArchive(env, asset);
  const keys = new Set(rows.map(({ key }) => key));
  return [...rows, ...(archive?.renditions ?? []).filter(({ key }) => !keys.has(key))];
}

function inOrder(a: Rendition, b: Rendition): number {
  return (
    kinds.indexOf(a.kind) - kinds.indexOf(b.kind) ||
    (b.height ?? 0) - (a.height ?? 0) ||
    (b.bandwidth ?? 0) - (a.bandwidth ?? 0) ||
    (a.key < b.key ? -1 : 1)
  );
}
