/**
 * Uploads: tus 1.0.0 (https://tus.io/protocols/resumable-upload) into R2, any client, any chunk size.
 *
 * The story of an upload:
 *
 * 1. POST makes a row in D1 and a multipart upload in R2, and fixes the ids of the asset and title to come.
 * 2. Each PATCH claims the row: it raises `writer`, and everything it writes later is conditional on that number. So the
 *    newest PATCH wins over a zombie, whose connection died without anyone noticing: the zombie finds its number gone,
 *    answers 409 and stops. R2 part numbers are never used twice (gaps are legal), so nothing that the zombie still sends
 *    to R2 can overwrite a newer part; its tail has a key of its own.
 * 3. Bytes are gathered into parts of equal size, as R2 wants them; each full part is stored and then recorded together
 *    with the offset. What is left after the last full part is kept in tail objects, a new one for each PATCH, out of which the
 *    part is put together when its last byte is there. A PATCH that is exactly one part goes to R2 uncopied. All this survives
 *    the client's disconnect. A request holds 5 MiB at most, all requests of an isolate 16 MiB (body-memory.ts).
 * 4. When the last byte has arrived, the multipart upload is completed, the object is announced (by R2, or by us on a
 *    laptop), and the asset is made. After a crash in between, HEAD or the cron (reconcile-uploads.ts) goes on.
 * 5. DELETE, or the cron after `expires_at` (expire-uploads.ts), frees an unfinished upload's storage.
 */
import { type Context, Hono } from "hono";
import { databaseTrouble, databaseWords } from "../catalog/database-errors.ts";
import { notAllowed } from "../http/allowed-methods.ts";
import { type ProducerEnv, requireProducer } from "../http/authenticate.ts";
import { Problem, problemOf, problemResponse } from "../http/problem.ts";
import { acceptBytes, type BytesRequest } from "./accept-bytes.ts";
import { createUpload, requireLength } from "./create-upload.ts";
import { discardUpload } from "./discard-upload.ts";
import { finishUpload } from "./finish-upload.ts";
import { type IngestLimits, ingestLimits } from "./ingest-limits.ts";
import { listUploads, parsePage } from "./list-uploads.ts";
import { StorageFailure } from "./store-bytes.ts";
import {
  methodOf,
  parseBytes,
  parseNewLength,
  parseOffset,
  requireOffsetContentType,
} from "./tus-headers.ts";
import { tusProtocol } from "./tus-protocol.ts";
import { uploadJson } from "./upload-json.ts";
import { bodyTooLarge, goneProblem, uploadNotFound } from "./upload-refusal.ts";
import { findOwnUpload, isWhole, Superseded, type Upload } from "./upload-row.ts";

type UploadsContext = Context<ProducerEnv>;
type Handler = (c: UploadsContext) => Promise<Response>;

/** The API under `/v1/uploads`. */
export const uploadsApi = new Hono<ProducerEnv>();
uploadsApi.onError((error, c) => problemResponse(clientError(error, c.req.raw), c));
uploadsApi.use("*", tusProtocol);
uploadsApi.use("*", requireProducer);
uploadsApi.all("/", byMethod({ POST: create, GET: list }));
uploadsApi.all("/:id", byMethod({ PATCH: patch, HEAD: head, DELETE: terminate, GET: show }));

function byMethod(handlers: Partial<Record<string, Handler>>): Handler {
  return (c) => {
    const handler = handlers[methodOf(c.req.raw)];
    if (handler !== undefined) return handler(c);
    throw notAllowed([...Object.keys(handlers), "OPTIONS"]);
  };
}

async function create(c: UploadsContext): Promise<Response> {
  const limits = ingestLimits(c.env);
  const { headers, body } = c.req.raw;
  const length = parseNewLength(headers);
  const contentLength = parseBytes(headers, "Content-Length");
  const hasBody = body !== null && contentLength !== 0;
  if (hasBody) {
    requireOffsetContentType(headers);
    requireBodySize(contentLength, limits);
    if (length !== null && contentLength !== null && contentLength > length) {
      throw new Problem(
        400,
        "beyond_length",
        "The body is longer than Upload-Length. Send the file's own size.",
      );
    }
  }
  const created = await createUpload(
    c.env,
    c.var.producerId,
    { length, metadata: c.req.header("Upload-Metadata") ?? "" },
    limits,
    Date.now(),
  );
  const request = { offset: 0, length: null, contentLength, body: hasBody ? body : null };
  let upload = created;
  if (hasBody || created.length === 0) {
    const accepted = await keepAlive(c, acceptFirstBytes(c.env, created, request, limits));
    if (accepted.refusal?.code === "beyond_length") {
      await discardUpload(c.env, created.id, "cancelled", Date.now());
      throw accepted.refusal;
    }
    upload = accepted.upload; // after any other failure the client goes on with PATCH
  }
  progressHeaders(c, upload);
  c.header("Location", `${new URL(c.req.url).pathname.replace(/\/$/, "")}/${upload.id}`);
  return c.body(null, 201);
}

/** A creation succeeds although there is no room for its bytes now: the client sends them with PATCH. */
async function acceptFirstBytes(env: Env, created: Upload, request: BytesRequest, limits: IngestLimits) {
  try {
    return await acceptBytes(env, created, request, limits, Date.now);
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "too_many_running_patches") throw error;
    return { upload: created, refusal: null };
  }
}

async function patch(c: UploadsContext): Promise<Response> {
  const limits = ingestLimits(c.env);
  const { headers, body } = c.req.raw;
  requireOffsetContentType(headers);
  const upload = await ownUpload(c);
  const offset = parseOffset(headers);
  const length = parseBytes(headers, "Upload-Length");
  requireLength(length, limits);
  if (length !== null && (upload.length === null ? length < upload.offset : length !== upload.length)) {
    const detail = `Upload-Length can't be ${length}: the upload has ${upload.length ?? `${upload.offset} or more`} bytes.`;
    throw new Problem(400, "length_mismatch", detail);
  }
  const request = { offset, length, contentLength: parseBytes(headers, "Content-Length"), body };
  const accepted = await keepAlive(c, acceptBytes(c.env, upload, request, limits, Date.now));
  const problem = accepted.refusal ?? goneProblem(accepted.upload, Date.now());
  if (problem !== null) throw problem;
  progressHeaders(c, accepted.upload);
  return c.body(null, 204);
}

async function head(c: UploadsContext): Promise<Response> {
  let upload = await ownUpload(c);
  if (upload.status === "waiting" && isWhole(upload)) {
    upload = await keepAlive(
      c,
      finishUpload(c.env, upload, Date.now()).catch(() => upload),
    );
  }
  progressHeaders(c, upload);
  if (upload.length === null) c.header("Upload-Defer-Length", "1");
  else c.header("Upload-Length", String(upload.length));
  if (upload.metadata !== "") c.header("Upload-Metadata", upload.metadata);
  return c.body(null, 200);
}

async function terminate(c: UploadsContext): Promise<Response> {
  const upload = await ownUpload(c);
  if (await keepAlive(c, discardUpload(c.env, upload.id, "cancelled", Date.now()))) return c.body(null, 204);
  await ownUpload(c); // 410 when it ended meanwhile
  throw new Problem(
    409,
    "upload_finished",
    `Every byte of this upload has arrived. Delete its asset instead: DELETE /v1/assets/${upload.assetId}`,
  );
}

async function show(c: UploadsContext): Promise<Response> {
  const upload = await findOwnUpload(c.env, c.req.param("id") ?? "", c.var.producerId);
  if (upload === null) throw uploadNotFound();
  return c.json(uploadJson(upload));
}

async function list(c: UploadsContext): Promise<Response> {
  const page = parsePage({ limit: c.req.query("limit"), cursor: c.req.query("cursor") });
  const { uploads, nextCursor } = await listUploads(c.env, c.var.producerId, page);
  return c.json({ uploads: uploads.map(uploadJson), next_cursor: nextCursor });
}

/** @throws Problem 404, 410 */
async function ownUpload(c: UploadsContext): Promise<Upload> {
  const upload = await findOwnUpload(c.env, c.req.param("id") ?? "", c.var.producerId);
  if (upload === null) throw uploadNotFound();
  const gone = goneProblem(upload, Date.now());
  if (gone !== null) throw gone;
  return upload;
}

function requireBodySize(contentLength: number | null, limits: IngestLimits): void {
  if (contentLength !== null && contentLength > limits.maxBodyBytes) {
    throw bodyTooLarge(limits.partBytes, limits.maxBodyBytes);
  }
}

function progressHeaders(c: UploadsContext, upload: Upload): void {
  c.header("Upload-Offset", String(upload.offset));
  if (upload.status === "asset_created") {
    c.header("Marquee-Asset-Id", upload.assetId);
    c.header("Marquee-Title-Id", upload.titleId);
  } else {
    c.header("Upload-Expires", new Date(upload.expiresAt).toUTCString());
  }
}

/** The work goes on for up to 30 s after the client has gone. */
async function keepAlive<T>(c: UploadsContext, work: Promise<T>): Promise<T> {
  c.executionCtx.waitUntil(work.then(ignore, ignore));
  return work;
}

function ignore(): void {}

/**
 * The error that a client is told. HEAD asks where an upload is, and while that can't be read the upload is locked (423, which tus
 * servers answer while another request has it): tus-js-client takes every other failure of HEAD for a lost upload, forgets it
 * and begins anew; for a locked one it waits.
 */
function clientError(error: unknown, request: Request): unknown {
  if (error instanceof Superseded) {
    return new Problem(
      409,
      "offset_mismatch",
      "Another request has moved this upload on. Read Upload-Offset with HEAD, and send the bytes from there on.",
    );
  }
  const problem = error instanceof StorageFailure ? storageUnavailable(error) : problemOf(error);
  // Not by `methodOf`, which refuses methods that there are none of, as this error may say.
  const asked = request.headers.get("X-HTTP-Method-Override") ?? request.method;
  if (asked !== "HEAD" || problem.status < 500) return error instanceof StorageFailure ? problem : error;
  console.error(
    "an upload could not be looked up",
    databaseTrouble(error) === null ? error : databaseWords(error),
  );
  return new Problem(423, problem.code, problem.message, { headers: { "Retry-After": "5" } });
}

function storageUnavailable(error: StorageFailure): Problem {
  console.error(error.message, error.cause);
  return new Problem(
    503,
    "storage_unavailable",
    "The storage did not take the bytes. Read Upload-Offset with HEAD, and send the bytes from there on.",
    { headers: { "Retry-After": "5" } },
  );
}
