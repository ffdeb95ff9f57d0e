/** Moves the bytes of one request from its body into parts and a tail in R2. At most {@link mostHeldBytes} are in memory. */
import { HeldBytes, segmentBytes } from "./body-memory.ts";
import { BodyReader } from "./body-reader.ts";
import { storeBodyAsPart, storeTail, storeTailAsPart } from "./store-bytes.ts";
import { releaseUpload, type Upload } from "./upload-row.ts";

/** The end of a request's body; the bytes before it are kept, after `beyond_length` only those in full parts. */
export type BodyEnd = "complete" | "interrupted" | "beyond_length" | "beyond_limit";

/** The upload after a request's bytes, and the end of its body. */
export interface Received {
  upload: Upload;
  end: BodyEnd;
}

/** A request's body. */
export interface RequestBody {
  body: ReadableStream<Uint8Array>;
  /** Content-Length, bytes; null when it is chunked. */
  contentLength: number | null;
  /** Most bytes that it may have. */
  maxBytes: number;
  /** A client that sends nothing for so long is gone, milliseconds. */
  silenceMs: number;
  /** Ends the reading of a request that has been overtaken. */
  signal: AbortSignal;
}

/**
 * Stores a request's bytes at the upload's offset. The caller has claimed the upload.
 * A body that is exactly one part goes to R2 uncopied; any other one is gathered into parts, the rest is kept as tail.
 * @throws Superseded, StorageFailure
 */
export async function receiveBody(
  env: Env,
  upload: Upload,
  request: RequestBody,
  clock: () => number,
): Promise<Received> {
  const { body, contentLength, maxBytes, silenceMs, signal } = request;
  if (contentLength !== null && isOnePart(upload, contentLength)) {
    const stored = await storeBodyAsPart(env, upload, body, contentLength, clock());
    return { upload: await releaseUpload(env, stored, clock()), end: "complete" };
  }
  const reader = new BodyReader(body, silenceMs, signal);
  const held = new HeldBytes();
  try {
    return await gather(env, upload, reader, held, maxBytes, clock);
  } finally {
    reader.stop();
    held.clear();
  }
}

/** Checks whether a body of this many bytes is exactly the upload's next part, so that nothing needs to be gathered. */
function isOnePart(upload: Upload, contentLength: number): boolean {
  if (upload.tailBytes > 0 || contentLength === 0) return false;
  if (contentLength === upload.partBytes) return true;
  return contentLength < upload.partBytes && upload.offset + contentLength === upload.length;
}

/** Bytes that the upload's next part still lacks, beyond its tail; a last part is as long as the upload. */
function missingOf(upload: Upload): number {
  const begin = upload.offset - upload.tailBytes;
  const end = Math.min(begin + upload.partBytes, upload.length ?? Number.POSITIVE_INFINITY);
  return end - upload.offset;
}

async function gather(
  env: Env,
  claimed: Upload,
  reader: BodyReader,
  held: HeldBytes,
  maxBytes: number,
  clock: () => number,
): Promise<Received> {
  let upload = claimed;
  let left = maxBytes;
  for (;;) {
    const missing = missingOf(upload) - held.bytes;
    const isLast = upload.offset + held.bytes + missing === upload.length;
    // A full part is stored at once, except the last one: only the body's end shows that nothing follows it.
    if (missing === 0 && !isLast) {
      upload = await storeTailAsPart(env, upload, held, clock());
      held.clear();
      continue;
    }
    // One byte more than may come shows that too many do.
    const wanted = Math.min(missing, left, segmentBytes);
    if (wanted > 0 && !held.reserve(wanted)) {
      upload = await storeTail(env, upload, held, true, clock());
      held.clear();
      continue;
    }
    const read = await reader.read(Math.max(wanted, 1));
    if (typeof read === "string") {
      return { upload: await storeRest(env, upload, held, clock), end: read };
    }
    if (missing === 0) return { upload: await releaseUpload(env, upload, clock()), end: "beyond_length" };
    if (left === 0) return { upload: await storeRest(env, upload, held, clock), end: "beyond_limit" };
    held.add(read);
    left -= read.byteLength;
  }
}

async function storeRest(env: Env, upload: Upload, held: HeldBytes, clock: () => number): Promise<Upload> {
  if (missingOf(upload) === held.bytes && upload.tailBytes + held.bytes > 0) {
    const stored = await storeTailAsPart(env, upload, held, clock());
    return releaseUpload(env, stored, clock());
  }
  if (held.bytes === 0) return releaseUpload(env, upload, clock());
  return storeTail(env, upload, held, false, clock());
}
