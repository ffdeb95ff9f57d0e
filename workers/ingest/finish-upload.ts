/** Turns an upload whose every byte is in R2 into an asset. Every step may be repeated by the request, HEAD, or the cron. */
import { asc, eq } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { registerSource } from "../catalog/register-source.ts";
import { uploadParts } from "../catalog/schema.ts";
import type { SourceNotification } from "./notification.ts";
import { writeSourceStory } from "./source-story.ts";
import { dropTails, StorageFailure, storeTailAsLastPart } from "./store-bytes.ts";
import { failUpload, findUpload, Superseded, type Upload } from "./upload-row.ts";

/** The bucket's name in the notification that ingest sends itself; consumers go by the key alone. */
const sourcesBucket = "marquee-sources";

/** R2's codes for a multipart upload that can never be completed: part too small, no upload, no part, unequal parts. */
const permanent = /\((10011|10024|10025|10048)\)/;

/**
 * Finishes a whole upload: completes the object in R2, announces it, makes the asset, and tidies up.
 * @returns the upload after that: `asset_created`, or `errored` when R2 no longer has its parts
 * @throws StorageFailure when R2 can't complete it now; Superseded when it has moved on. The caller may repeat.
 */
export async function finishUpload(env: Env, upload: Upload, now: number): Promise<Upload> {
  if (upload.status !== "waiting") return upload;
  const stored = await storeTailAsLastPart(env, upload, now);
  const object = await completeSource(env, stored);
  if (object === null) {
    await failUpload(env, stored, "storage_lost", now);
  } else {
    if (env.SOURCE_EVENTS === "self") await announce(env, object, now);
    await registerSource(env, { key: object.key, bytes: object.size, etag: object.etag }, now);
  }
  await tidyUp(env, upload.id);
  const finished = await findUpload(env, upload.id);
  if (finished === null) throw new Superseded("the upload is gone");
  return finished;
}

/** The source object, completed now or before; null when its parts are lost. */
async function completeSource(env: Env, upload: Upload): Promise<R2Object | null> {
  if (upload.length === 0) return putEmpty(env, upload);
  const parts = await openDatabase(env)
    .select()
    .from(uploadParts)
    .where(eq(uploadParts.uploadId, upload.id))
    .orderBy(asc(uploadParts.partNumber));
  try {
    const multipart = env.SOURCES.resumeMultipartUpload(upload.sourceKey, upload.multipartId);
    return await multipart.complete(parts.map(({ partNumber, etag }) => ({ partNumber, etag })));
  } catch (cause) {
    const object = await env.SOURCES.head(upload.sourceKey);
    if (object?.size === upload.length) return object;
    if (permanent.test(String(cause))) {
      console.error("an upload's parts are lost", upload.id, cause);
      return null;
    }
    throw new StorageFailure("completing the object failed", { cause });
  }
}

/** Stores an empty source, because a multipart upload can't be empty. One that is there is locked, so it stays. */
async function putEmpty(env: Env, upload: Upload): Promise<R2Object | null> {
  const onlyIf = new Headers({ "If-None-Match": "*" });
  const customMetadata = writeSourceStory({
    ...upload,
    owner: upload.producerId,
    asset: upload.assetId,
    upload: upload.id,
  });
  const made = await env.SOURCES.put(upload.sourceKey, new Uint8Array(0), { onlyIf, customMetadata });
  const object = made ?? (await env.SOURCES.head(upload.sourceKey));
  await env.SOURCES.resumeMultipartUpload(upload.sourceKey, upload.multipartId)
    .abort()
    .catch((error: unknown) => console.warn("R2 will abort this multipart upload itself", upload.id, error));
  return object;
}

/** Sends R2's notification in its stead. A message that can't be sent does no harm: the reconciler finds the asset. */
async function announce(env: Env, object: R2Object, now: number): Promise<void> {
  const notification: SourceNotification = {
    account: "local",
    action: object.size === 0 ? "PutObject" : "CompleteMultipartUpload",
    bucket: sourcesBucket,
    object: { key: object.key, size: object.size, eTag: object.etag },
    eventTime: new Date(now).toISOString(),
  };
  try {
    await env.INGEST_QUEUE.send(notification);
  } catch (error) {
    console.warn("a source was not announced", object.key, error);
  }
}

async function tidyUp(env: Env, uploadId: string): Promise<void> {
  try {
    await dropTails(env, uploadId);
    await openDatabase(env).delete(uploadParts).where(eq(uploadParts.uploadId, uploadId));
  } catch (error) {
    console.warn("something of a finished upload was left behind", uploadId, error);
  }
}
