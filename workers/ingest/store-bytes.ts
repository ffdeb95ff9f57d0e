/** The R2 side of an upload: parts of its multipart upload, and the tail object between requests. */

import { maxPartNumber } from "./part-size.ts";
import {
  claimUpload,
  commitPart,
  commitTail,
  failUpload,
  forgetTail,
  Superseded,
  type Upload,
} from "./upload-row.ts";

/** R2 did not take or give bytes now; the same request may succeed later. */
export class StorageFailure extends Error {}

/** Checks whether R2's error means that the multipart upload was completed, aborted or never there. */
export function isMultipartGone(error: unknown): boolean {
  return /\(10024\)/.test(String(error));
}

/** The prefix of an upload's tails; each writer has its own, so that an overtaken one can't change a newer one's. */
export function tailPrefix(uploadId: string): string {
  return `tails/${uploadId}/`;
}

/**
 * Stores the upload's next part and records it.
 * @param body bytes, or a stream of known length
 * @throws Superseded, StorageFailure
 */
export async function storePart(
  env: Env,
  upload: Upload,
  body: Uint8Array | ReadableStream,
  bytes: number,
  now: number,
): Promise<Upload> {
  const partNumber = upload.nextPart;
  if (partNumber > maxPartNumber) {
    await failUpload(env, upload, "too_many_interruptions", now);
    throw new Superseded("no part number is left");
  }
  let etag: string;
  try {
    const multipart = env.SOURCES.resumeMultipartUpload(upload.sourceKey, upload.multipartId);
    etag = (await multipart.uploadPart(partNumber, body)).etag;
  } catch (cause) {
    if (isMultipartGone(cause)) {
      await failUpload(env, upload, "storage_lost", now); // unless it is gone because the upload has ended
      throw new Superseded("the multipart upload is gone");
    }
    throw new StorageFailure("uploading a part failed", { cause });
  }
  const row = await commitPart(env, upload, { partNumber, etag, bytes }, now);
  await dropTail(env, upload.tailKey);
  return row;
}

/** Keeps the bytes after the last full part until the next request. @throws Superseded, StorageFailure */
export async function storeTail(env: Env, upload: Upload, tail: Uint8Array, now: number): Promise<Upload> {
  const key = `${tailPrefix(upload.id)}${upload.writer}`;
  try {
    await env.SOURCES.put(key, tail);
  } catch (cause) {
    throw new StorageFailure("keeping the tail failed", { cause });
  }
  try {
    const row = await commitTail(env, upload, { key, bytes: tail.byteLength }, now);
    await dropTail(env, upload.tailKey);
    return row;
  } catch (error) {
    if (error instanceof Superseded) await dropTail(env, key);
    throw error;
  }
}

/**
 * Copies the kept tail to the beginning of `buffer`.
 * @returns the number of bytes copied
 * @throws Superseded; also when the tail is gone, after going back to the last full part
 */
export async function loadTail(env: Env, upload: Upload, buffer: Uint8Array, now: number): Promise<number> {
  if (upload.tailKey === null) return 0;
  let tail: Uint8Array | undefined;
  try {
    tail = await (await env.SOURCES.get(upload.tailKey))?.bytes();
  } catch (cause) {
    throw new StorageFailure("reading the tail failed", { cause });
  }
  if (tail?.byteLength !== upload.tailBytes) {
    await forgetTail(env, upload, now);
    throw new Superseded("the tail is gone");
  }
  buffer.set(tail);
  return tail.byteLength;
}

/**
 * Makes the kept tail of a whole upload its last part. A request does that itself as its last byte arrives; this is for
 * uploads whose length was named only after their last byte.
 * @throws Superseded, StorageFailure
 */
export async function storeTailAsLastPart(env: Env, upload: Upload, now: number): Promise<Upload> {
  if (upload.tailKey === null) return upload;
  const claimed = await claimUpload(env, upload.id, { offset: upload.offset }, now);
  if (claimed === null) throw new Superseded("the upload has moved on");
  const buffer = new Uint8Array(claimed.tailBytes);
  await loadTail(env, claimed, buffer, now);
  return claimed.tailKey === null ? claimed : storePart(env, claimed, buffer, buffer.byteLength, now);
}

/** Deletes all tails of an upload, of overtaken writers too. */
export async function dropTails(env: Env, uploadId: string): Promise<void> {
  const found = await env.SOURCES.list({ prefix: tailPrefix(uploadId) });
  if (found.objects.length > 0) await env.SOURCES.delete(found.objects.map((object) => object.key));
  if (found.truncated) await dropTails(env, uploadId);
}

/** Deletes a tail; one that can't be deleted now goes with the others at the end ({@link dropTails}). */
async function dropTail(env: Env, key: string | null): Promise<void> {
  if (key === null) return;
  try {
    await env.SOURCES.delete(key);
  } catch (error) {
    console.warn("a tail was left behind", key, error);
  }
}
