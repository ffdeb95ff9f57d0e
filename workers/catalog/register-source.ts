/** The moment a finished upload becomes an asset. Every step is idempotent, so any caller may repeat it. */
import { eq, sql } from "drizzle-orm";
import { slugOf } from "../shared/slug.ts";
import { openDatabase } from "./database.ts";
import { assets, titles, uploads } from "./schema.ts";

/** A finished source object, as R2 describes it. */
export interface SourceObject {
  key: string;
  bytes: number;
  etag: string;
}

/**
 * Makes the asset and the title of the upload whose source object is now whole in R2, and marks the upload `asset_created`.
 * Called by ingest when it completes the object, and again by the consumer of R2's notification.
 * @returns the asset's id; null when no upload has this source key, or when it was cancelled or timed out.
 */
export async function registerSource(
  env: Pick<Env, "DB">,
  source: SourceObject,
  now: number,
): Promise<string | null> {
  const db = openDatabase(env);
  const upload = await db.select().from(uploads).where(eq(uploads.sourceKey, source.key)).get();
  if (upload === undefined || upload.status === "cancelled" || upload.status === "timed_out") return null;
  if (upload.status === "asset_created") return upload.assetId;
  const title = upload.title ?? titleOfFilename(upload.filename);
  await db.batch([
    db
      .insert(titles)
      .values({
        id: upload.titleId,
        producerId: upload.producerId,
        slug: slugOf(title, upload.titleId),
        title,
        language: upload.language,
        createdAt: now,
        updatedAt: now,
      })
      .onConflictDoNothing(),
    db
      .insert(assets)
      .values({
        id: upload.assetId,
        producerId: upload.producerId,
        titleId: upload.titleId,
        uploadId: upload.id,
        status: "waiting",
        filename: upload.filename,
        language: upload.language,
        sourceKey: source.key,
        sourceBytes: source.bytes,
        sourceEtag: source.etag,
        createdAt: now,
        updatedAt: now,
      })
      .onConflictDoNothing(),
    db
      .update(uploads)
      .set({ status: "asset_created", offset: source.bytes, writing: false, updatedAt: now })
      .where(sql`${uploads.id} = ${upload.id} and ${uploads.status} = 'waiting'`),
  ]);
  return upload.assetId;
}

function titleOfFilename(filename: string): string {
  const stem = filename
    .replace(/\.[A-Za-z0-9]{1,5}$/, "")
    .replaceAll(/[_\s]+/g, " ")
    .trim();
  return stem === "" ? "Untitled" : stem.slice(0, 200);
}
