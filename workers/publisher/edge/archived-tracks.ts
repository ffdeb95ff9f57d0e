import { type ArchiveEnv, readArchive } from "../../catalog/archive/archive-document.ts";
import { documentKeys, documentObject, parseDocument } from "../../playback/published/documents.ts";
import type { EdgeRows } from "./edge-rows.ts";
import type { RenditionFacts } from "./make-document.ts";

/**
 * The renditions of a film that are in its archive and not among the rows; none for other documents. When the archive is gone,
 * which raises an alarm, they are those that its document names now: a takedown must reach the edge all the same.
 * @param key of the document that is to be written
 */
export async function archivedTracks(
  env: ArchiveEnv,
  key: string,
  rows: EdgeRows,
): Promise<RenditionFacts[]> {
  const asset = rows.assets.find(({ id }) => documentKeys.asset(id) === key);
  if (asset === undefined || asset.archivedAt === null || asset.deletedAt !== null) return [];
  const archive = await readArchive(env, asset);
  const there = new Set(rows.renditions.flatMap((row) => (row.assetId === asset.id ? [row.key] : [])));
  const tracks = archive?.renditions ?? (await publishedTracks(env, key));
  return tracks.filter((track) => !there.has(track.key));
}

async function publishedTracks(env: Pick<Env, "MEDIA">, key: string): Promise<RenditionFacts[]> {
  const stored = await env.MEDIA.get(documentObject(key));
  const document = stored === null ? null : parseDocument(await stored.text());
  return document?.kind === "film" ? document.renditions : [];
}
