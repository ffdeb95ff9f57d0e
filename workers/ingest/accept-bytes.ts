/** One request that carries bytes: claim the upload, take the bytes, finish it if they were the last. */
import type { Problem } from "../http/problem.ts";
import { finishUpload } from "./finish-upload.ts";
import type { IngestLimits } from "./ingest-limits.ts";
import { type BodyEnd, receiveBody } from "./receive-body.ts";
import {
  beyondLength,
  bodyTooLarge,
  conflict,
  goneProblem,
  interrupted,
  uploadNotFound,
} from "./upload-refusal.ts";
import { claimUpload, findUpload, isWhole, releaseUpload, Superseded, type Upload } from "./upload-row.ts";

/** The headers and body of a PATCH, or of a POST with bytes. */
export interface BytesRequest {
  /** Upload-Offset, bytes. */
  offset: number;
  /** Upload-Length, bytes; null when this request doesn't name it. */
  length: number | null;
  /** Content-Length, bytes; null when the body is chunked. */
  contentLength: number | null;
  body: ReadableStream<Uint8Array> | null;
}

/** The upload after the request, and the refusal of a body that was wrong. */
export interface Accepted {
  upload: Upload;
  refusal: Problem | null;
}

/**
 * Takes a request's bytes. It goes on when the client is gone, so that the bytes that arrived are kept (the caller hands the
 * promise to `waitUntil`).
 * @throws Problem 400 `beyond_length`, 409 `offset_mismatch`, 410, 413 `body_too_large`; StorageFailure
 */
export async function acceptBytes(
  env: Env,
  upload: Upload,
  request: BytesRequest,
  limits: IngestLimits,
  clock: () => number,
): Promise<Accepted> {
  const { offset, contentLength } = request;
  const body = contentLength === 0 ? null : request.body;
  const length = request.length ?? upload.length;
  if (upload.offset !== offset) throw conflict(upload);
  if (contentLength !== null && contentLength > limits.maxBodyBytes) {
    throw bodyTooLarge(upload.partBytes, limits.maxBodyBytes);
  }
  if (length !== null && offset + (contentLength ?? 0) > length) throw beyondLength(upload, length);
  if (upload.status === "asset_created") {
    if (body !== null) throw beyondLength(upload, length);
    return { upload, refusal: null }; // the last PATCH, repeated
  }
  try {
    const claim = request.length === null ? { offset } : { offset, length: request.length };
    const claimed = await claimUpload(env, upload.id, claim, clock());
    if (claimed === null) throw new Superseded("the upload has moved on");
    const received =
      body === null
        ? { upload: await releaseUpload(env, claimed, clock()), end: "complete" as const }
        : await receiveBody(env, claimed, { body, contentLength, maxBytes: limits.maxBodyBytes }, clock);
    const refusal = refusalOf(received.end, received.upload, limits);
    if (!isWhole(received.upload) || received.end === "beyond_length") {
      return { upload: received.upload, refusal };
    }
    return { upload: await finishUpload(env, received.upload, clock()), refusal: null };
  } catch (error) {
    if (error instanceof Superseded) throw await explain(env, upload.id, clock());
    throw error;
  }
}

function refusalOf(end: BodyEnd, upload: Upload, limits: IngestLimits): Problem | null {
  switch (end) {
    case "complete":
      return null;
    case "interrupted":
      return interrupted(upload);
    case "beyond_length":
      return beyondLength(upload, upload.length);
    case "beyond_limit":
      return bodyTooLarge(upload.partBytes, limits.maxBodyBytes);
  }
}

async function explain(env: Env, id: string, now: number): Promise<Problem> {
  const upload = await findUpload(env, id);
  if (upload === null) return uploadNotFound();
  return goneProblem(upload, now) ?? conflict(upload);
}
