/** Creates uploads: a row in D1, and a multipart upload in R2. */
import { and, eq, sql } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { uploads } from "../catalog/schema.ts";
import { Problem } from "../http/problem.ts";
import { ensureEpoch } from "../safety/epoch-stamp.ts";
import { newId } from "../shared/new-id.ts";
import type { IngestLimits } from "./ingest-limits.ts";
import { partBytesFor } from "./part-size.ts";
import { writeSourceStory } from "./source-story.ts";
import { StorageFailure } from "./store-bytes.ts";
import { parseUploadMetadata } from "./upload-metadata.ts";
import type { Upload } from "./upload-row.ts";

/**
 * Creates an upload. The ids of its asset and title and its key in R2 are fixed here, so that every later step can be
 * repeated.
 * @param request the length in bytes (null: named later) and Upload-Metadata as it was sent
 * @throws Problem 413 `upload_too_large`, 429 `too_many_uploads`, those of {@link parseUploadMetadata}; StorageFailure
 */
export async function createUpload(
  env: Env,
  producerId: string,
  request: { length: number | null; metadata: string },
  limits: IngestLimits,
  now: number,
): Promise<Upload> {
  requireLength(request.length, limits);
  const metadata = parseUploadMetadata(request.metadata);
  const id = newId("upload");
  const ids = { upload: id, asset: newId("asset"), titleId: newId("title") };
  const sourceKey = `sources/${id}`;
  await ensureEpoch(env, now);
  let multipart: R2MultipartUpload;
  try {
    multipart = await env.SOURCES.createMultipartUpload(sourceKey, {
      customMetadata: writeSourceStory({ ...metadata, ...ids, owner: producerId, createdAt: now }),
    });
  } catch (cause) {
    throw new StorageFailure("creating the multipart upload failed", { cause });
  }
  const db = openDatabase(env);
  const [inserted, refused] = await db.batch([
    db
      .insert(uploads)
      .values({
        id,
        producerId,
        assetId: ids.asset,
        titleId: ids.titleId,
        status: "waiting",
        ...metadata,
        metadata: request.metadata,
        length: request.length,
        partBytes: partBytesFor(request.length, limits),
        sourceKey,
        multipartId: multipart.uploadId,
        createdAt: now,
        updatedAt: now,
        expiresAt: now + limits.lifetimeMs,
      })
      .returning(),
    // The batch is one transaction, so concurrent requests can't get past the limit together.
    db
      .delete(uploads)
      .where(
        and(
          eq(uploads.id, id),
          sql`(select count(*) from ${uploads} where producer_id = ${producerId} and status = 'waiting') > ${limits.maxOpenUploads}`,
        ),
      )
      .returning({ id: uploads.id }),
  ]);
  const upload = inserted[0];
  if (upload === undefined || refused.length > 0) {
    await multipart.abort();
    throw new Problem(
      429,
      "too_many_uploads",
      `You have ${limits.maxOpenUploads} unfinished uploads, the most allowed. Finish or cancel one (DELETE /v1/uploads/{id}) and try again.`,
    );
  }
  return upload;
}

/** Checks an upload's length, bytes. @throws Problem 413 `upload_too_large` when it is over the limit. */
export function requireLength(length: number | null, limits: Pick<IngestLimits, "maxUploadBytes">): void {
  if (length !== null && length > limits.maxUploadBytes) {
    throw new Problem(
      413,
      "upload_too_large",
      `The file has ${length} bytes; at most ${limits.maxUploadBytes} are allowed. Send a smaller encoding of it.`,
    );
  }
}
