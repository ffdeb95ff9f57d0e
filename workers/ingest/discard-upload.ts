/** Ends an unfinished upload and frees its storage: its multipart upload, tails and part rows. */
import { and, eq } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { uploadParts, uploads } from "../catalog/schema.ts";
import { type DeletionGate, deletionGate } from "../safety/deletion-gate.ts";
import { supersedeUpload } from "./claim-upload.ts";
import { dropTails, isMultipartGone, StorageFailure } from "./store-bytes.ts";
import { findUpload, type Upload } from "./upload-row.ts";

/**
 * Discards the upload unless it is whole (also when only storage knows that, because the database is older) or has ended. The status changes last, so a discard that failed can be repeated.
 * While nothing may be deleted, only the status changes: R2 aborts the multipart upload itself, and the sweep drops the tails.
 * @returns whether it was discarded
 * @throws StorageFailure when R2 doesn't answer; repeat then
 */
export async function discardUpload(
  env: Env,
  id: string,
  status: "cancelled" | "timed_out",
  now: number,
  gate: DeletionGate = deletionGate(env, now),
): Promise<boolean> {
  const known = await findUpload(env, id);
  // Its asset is made by the reconciler; a source is never given up because of a row that is behind.
  if (known === null || (await env.SOURCES.head(known.sourceKey)) !== null) return false;
  const upload = await supersedeUpload(env, id, now);
  if (upload === null) return false;
  if (await gate.mayDelete()) await freeStorage(env, upload);
  const db = openDatabase(env);
  const [, ended] = await db.batch([
    db.delete(uploadParts).where(eq(uploadParts.uploadId, id)),
    db
      .update(uploads)
      // Its metadata could be 8 kB, and is only shown while it is open.
      .set({ status, writing: false, metadata: "", tail: [], tailBytes: 0, updatedAt: now })
      .where(and(eq(uploads.id, id), eq(uploads.status, "waiting")))
      .returning({ id: uploads.id }),
  ]);
  return ended.length > 0;
}

async function freeStorage(env: Env, upload: Upload): Promise<void> {
  try {
    await env.SOURCES.resumeMultipartUpload(upload.sourceKey, upload.multipartId).abort();
  } catch (cause) {
    if (!isMultipartGone(cause)) throw new StorageFailure("aborting the multipart upload failed", { cause });
  }
  await dropTails(env, upload.id);
}
