/** One request that carries bytes: claim the upload, take the bytes, finish it if they were the last. */
import { openDatabase } from "../catalog/database.ts";
import { patchTouchMs, readShare } from "../catalog/usage.ts";
import type { Problem } from "../http/problem.ts";
import { quotaExceeded } from "../http/quota-problem.ts";
import { claimUpload } from "./claim-upload.ts";
import { finishUpload } from "./finish-upload.ts";
import type { IngestLimits } from "./ingest-limits.ts";
import { type BodyEnd, type Received, receiveBody } from "./receive-body.ts";
import { StorageFailure } from "./store-bytes.ts";
import {
  beyondLength,
  bodyTooLarge,
  conflict,
  goneProblem,
  interrupted,
  uploadNotFound,
} from "./upload-refusal.ts";
import {
  findUpload,
  giveUpTurn,
  isWhole,
  releaseUpload,
  Superseded,
  touchUpload,
  type Upload,
} from "./upload-row.ts";
import { requireRoom } from "./upload-share.ts";

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
 * @throws Problem 400 `beyond_length`, 403 `storage_quota_exceeded`, 409 `offset_mismatch`, 410, 413 `body_too_large`,
 * 429 `too_many_running_patches`; StorageFailure
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
    // An upload of known length has its room since it was created.
    if (upload.length === null)
      await requireRoom(env, upload.producerId, (length ?? offset) - offset, clock());
    const claim = { offset, ...(request.length === null ? {} : { length: request.length }), isPatch: true };
    const claimed = await claimUpload(env, upload.id, claim, clock());
    if (claimed === null) throw await explain(env, upload.id, offset, clock());
    const received = await takeBody(env, claimed, { body, contentLength }, limits, clock);
    const refusal = refusalOf(received.end, received.upload, limits);
    if (!isWhole(received.upload) || received.end === "beyond_length") {
      return { upload: received.upload, refusal };
    }
    return { upload: await finishUpload(env, received.upload, clock()), refusal: null };
  } catch (error) {
    if (error instanceof Superseded) throw await explain(env, upload.id, null, clock());
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

async function takeBody(
  env: Env,
  claimed: Upload,
  { body, contentLength }: Pick<BytesRequest, "body" | "contentLength">,
  { maxBodyBytes: maxBytes, silenceMs }: IngestLimits,
  clock: () => number,
): Promise<Received> {
  if (body === null) return { upload: await releaseUpload(env, claimed, clock()), end: "complete" };
  const overtaken = new AbortController();
  const timer = setInterval(() => {
    touchUpload(env, claimed, clock()).catch((error: unknown) => {
      // Its bytes can't be kept any more: what it holds is needed by others.
      if (error instanceof Superseded) overtaken.abort();
      else console.warn("could not say that an upload is written", claimed.id, error);
    });
  }, patchTouchMs);
  try {
    const request = { body, contentLength, maxBytes, silenceMs, signal: overtaken.signal };
    return await receiveBody(env, claimed, request, clock);
  } catch (error) {
    if (error instanceof StorageFailure) {
      await giveUpTurn(env, claimed, clock()).catch((failed: unknown) =>
        console.warn("still counts as written", failed),
      );
    }
    throw error;
  } finally {
    clearInterval(timer);
  }
}

/** @param refused the offset of a claim that was refused; null: it was overtaken later */
async function explain(env: Env, id: string, refused: number | null, now: number): Promise<Problem> {
  const upload = await findUpload(env, id);
  if (upload === null) return uploadNotFound();
  const gone = goneProblem(upload, now);
  if (gone !== null) return gone;
  if (refused !== upload.offset || upload.status !== "waiting") return conflict(upload);
  const share = await readShare(openDatabase(env), upload.producerId, now);
  return share.used.running_patches < share.quotas.running_patches
    ? conflict(upload)
    : quotaExceeded("running_patches", share);
}
