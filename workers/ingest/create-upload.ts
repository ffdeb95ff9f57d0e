/** Creates uploads: a row in D1, and a multipart upload in R2. */
import { eq } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { uploads } from "../catalog/schema.ts";
import { readShare, type Share, selectShare, shareOf } from "../catalog/usage.ts";
import { Problem } from "../http/problem.ts";
import { quotaExceeded } from "../http/quota-problem.ts";
import { ensureEpoch } from "../safety/epoch-stamp.ts";
import { newId } from "../shared/new-id.ts";
import type { IngestLimits } from "./ingest-limits.ts";
import { partBytesFor } from "./part-size.ts";
import { writeSourceStory } from "./source-story.ts";
import { StorageFailure } from "./store-bytes.ts";
import { parseUploadMetadata } from "./upload-metadata.ts";
import type { Upload } from "./upload-row.ts";
import { quotaForUpload } from "./upload-share.ts";

/**
 * Creates an upload. The ids of its asset and title and its key in R2 are fixed here, so that every later step can be
 * repeated.
 * @param request the length in bytes (null: named later) and Upload-Metadata as it was sent
 * @throws Problem 413 `upload_too_large`, 403 or 429 of the producer's quotas, those of {@link parseUploadMetadata}; StorageFailure
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
  const db = openDatabase(env);
  refuseBeyond(await readShare(db, producerId, now), request.length ?? 0, 1);
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
  // The batch is one transaction, so of requests at the same moment none can get past a quota unseen.
  const [inserted, share] = await db.batch([
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
    selectShare(db, producerId, now),
  ]);
  const upload = inserted[0];
  if (upload === undefined) throw new Error("the upload's row was not written");
  try {
    refuseBeyond(shareOf(share), 0, 0);
  } catch (error) {
    await db.delete(uploads).where(eq(uploads.id, id));
    await multipart.abort();
    throw error;
  }
  return upload;
}

function refuseBeyond(share: Share, more: number, news: 0 | 1): void {
  const quota = quotaForUpload(share, more, news);
  if (quota !== null) throw quotaExceeded(quota, share);
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
