/** The R2 side of an upload: parts of its multipart upload, and the pieces of its tail between requests. */

import type { HeldBytes } from "./body-memory.ts";
import { claimUpload } from "./claim-upload.ts";
import { maxPartNumber } from "./part-size.ts";
import { piecesOf, smallPieceBytes, storeJoined, TailLost, tailKeys, tailPrefix } from "./tail-pieces.ts";
import { commitPart, commitTail, failUpload, forgetTail, Superseded, type Upload } from "./upload-row.ts";

/** R2 did not take or give bytes now; the same request may succeed later. */
export class StorageFailure extends Error {}

/** Bytes that a request holds in memory. */
type Held = Pick<HeldBytes, "segments" | "bytes">;

const nothing: Held = { bytes: 0, segments: function* () {} };

/** Checks whether R2's error means that the multipart upload was completed, aborted or never there. */
export function isMultipartGone(error: unknown): boolean {
  return /\(10024\)/.test(String(error));
}

/** Stores a body of so many bytes as the upload's next part, uncopied. @throws Superseded, StorageFailure */
export async function storeBodyAsPart(
  env: Env,
  upload: Upload,
  body: ReadableStream,
  bytes: number,
  now: number,
): Promise<Upload> {
  return await storePart(env, upload, bytes, (put) => put(body), now);
}

/**
 * Stores the tail and the bytes behind it as the upload's next part.
 * @throws Superseded, StorageFailure
 */
export async function storeTailAsPart(env: Env, upload: Upload, held: Held, now: number): Promise<Upload> {
  const pieces = piecesOf(upload);
  const keys = tailKeys(upload.id, pieces);
  const bytes = upload.tailBytes + held.bytes;
  const row = await storePart(
    env,
    upload,
    bytes,
    (put) => storeJoined(env.SOURCES, keys, pieces, held, put),
    now,
  );
  await dropPieces(env, keys);
  return row;
}

async function storePart(
  env: Env,
  upload: Upload,
  bytes: number,
  give: (put: (body: ReadableStream) => Promise<R2UploadedPart>) => Promise<R2UploadedPart>,
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
    etag = (await give((body) => multipart.uploadPart(partNumber, body))).etag;
  } catch (cause) {
    if (cause instanceof TailLost) throw await goBack(env, upload, now);
    if (isMultipartGone(cause)) {
      await failUpload(env, upload, "storage_lost", now); // unless it is gone because the upload has ended
      throw new Superseded("the multipart upload is gone");
    }
    throw new StorageFailure("uploading a part failed", { cause });
  }
  return await commitPart(env, upload, { partNumber, etag, bytes }, now);
}

/**
 * Adds bytes to the upload's tail, which is kept until the next request, or until the part is full.
 * @param goesOn the request has more bytes
 * @throws Superseded, StorageFailure
 */
export async function storeTail(
  env: Env,
  upload: Upload,
  held: Held,
  goesOn: boolean,
  now: number,
): Promise<Upload> {
  const kept = piecesOf(upload);
  const last = kept.at(-1);
  const joined = last !== undefined && last.bytes < smallPieceBytes ? kept.splice(-1) : [];
  const added = {
    name: `${upload.writer}-${upload.offset + held.bytes}`,
    bytes: held.bytes + joined.reduce((sum, { bytes }) => sum + bytes, 0),
  };
  const key = tailPrefix(upload.id) + added.name;
  const replaced = tailKeys(upload.id, joined);
  try {
    await storeJoined(env.SOURCES, replaced, joined, held, (body) => env.SOURCES.put(key, body));
  } catch (cause) {
    if (cause instanceof TailLost) throw await goBack(env, upload, now);
    throw new StorageFailure("keeping the tail failed", { cause });
  }
  try {
    const row = await commitTail(env, upload, [...kept, added], goesOn, now);
    await dropPieces(env, replaced);
    return row;
  } catch (error) {
    if (error instanceof Superseded) await dropPieces(env, [key]);
    throw error;
  }
}

/**
 * Makes the kept tail of a whole upload its last part. A request does that itself as its last byte arrives; this is for
 * uploads whose length was named only after their last byte.
 * @throws Superseded, StorageFailure
 */
export async function storeTailAsLastPart(env: Env, upload: Upload, now: number): Promise<Upload> {
  if (upload.tailBytes === 0) return upload;
  const claimed = await claimUpload(env, upload.id, { offset: upload.offset }, now);
  if (claimed === null) throw new Superseded("the upload has moved on");
  return claimed.tailBytes === 0 ? claimed : await storeTailAsPart(env, claimed, nothing, now);
}

/** Deletes all pieces of an upload's tail, of overtaken writers too. */
export async function dropTails(env: Env, uploadId: string): Promise<void> {
  const found = await env.SOURCES.list({ prefix: tailPrefix(uploadId) });
  if (found.objects.length > 0) await env.SOURCES.delete(found.objects.map((object) => object.key));
  if (found.truncated) await dropTails(env, uploadId);
}

async function goBack(env: Env, upload: Upload, now: number): Promise<Superseded> {
  await forgetTail(env, upload, now);
  return new Superseded("a piece of the tail is gone");
}

/** Deletes pieces; those that can't be deleted now go with the others at the end ({@link dropTails}). */
async function dropPieces(env: Env, keys: string[]): Promise<void> {
  if (keys.length === 0) return;
  try {
    await env.SOURCES.delete(keys);
  } catch (error) {
    console.warn("pieces of a tail were left behind", keys, error);
  }
}
