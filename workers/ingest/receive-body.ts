/** Moves the bytes of one request from its body into parts and a tail in R2. At most one part is ever in memory. */
import { loadTail, storePart, storeTail } from "./store-bytes.ts";
import { releaseUpload, type Upload } from "./upload-row.ts";

/** Bytes of one read from the body: few calls into the runtime, little memory. */
const readBytes = 256 * 1024;

/** The end of a request's body; the bytes before it are kept, after `beyond_length` only those in full parts. */
export type BodyEnd = "complete" | "interrupted" | "beyond_length" | "beyond_limit";

/** The upload after a request's bytes, and the end of its body. */
export interface Received {
  upload: Upload;
  end: BodyEnd;
}

/**
 * Stores a request's bytes at the upload's offset. The caller has claimed the upload.
 * A body that is exactly one part goes to R2 uncopied; any other one is gathered into parts, the rest is kept as tail.
 * @param request the body, its Content-Length in bytes (null when chunked), and the most it may have, bytes
 * @throws Superseded, StorageFailure
 */
export async function receiveBody(
  env: Env,
  upload: Upload,
  request: { body: ReadableStream<Uint8Array>; contentLength: number | null; maxBytes: number },
  clock: () => number,
): Promise<Received> {
  const { body, contentLength, maxBytes } = request;
  if (contentLength !== null && isOnePart(upload, contentLength)) {
    const stored = await storePart(env, upload, body, contentLength, clock());
    return { upload: await releaseUpload(env, stored, clock()), end: "complete" };
  }
  const reader = body.getReader({ mode: "byob" });
  try {
    return await gather(env, upload, reader, maxBytes, clock);
  } finally {
    reader.cancel().catch(() => undefined); // an overtaken request stops reading; a broken one can't be cancelled
  }
}

/** Checks whether a body of this many bytes is exactly the upload's next part, so that nothing needs to be gathered. */
function isOnePart(upload: Upload, contentLength: number): boolean {
  if (upload.tailBytes > 0 || contentLength === 0) return false;
  if (contentLength === upload.partBytes) return true;
  return contentLength < upload.partBytes && upload.offset + contentLength === upload.length;
}

async function gather(
  env: Env,
  claimed: Upload,
  reader: ReadableStreamBYOBReader,
  maxBytes: number,
  clock: () => number,
): Promise<Received> {
  let upload = claimed;
  const partStart = () => upload.offset - upload.tailBytes;
  const length = claimed.length ?? Number.POSITIVE_INFINITY;
  const capacity = Math.min(claimed.partBytes, length - partStart());
  let buffer = growBuffer(new Uint8Array(upload.tailBytes), capacity);
  let filled = await loadTail(env, upload, buffer, clock());
  let taken = 0;
  let scratch = new Uint8Array(readBytes);
  let end: BodyEnd | null = null;
  while (end === null) {
    const read = await readSome(reader, scratch);
    if (typeof read === "string") {
      end = read;
      break;
    }
    scratch = new Uint8Array(read.buffer);
    taken += read.byteLength;
    const excess = Math.max(claimed.offset + taken - length, taken - maxBytes, 0);
    if (excess > 0) end = claimed.offset + taken > length ? "beyond_length" : "beyond_limit";
    const bytes = read.subarray(0, read.byteLength - excess);
    for (let at = 0; at < bytes.byteLength; ) {
      if (filled === capacity) {
        upload = await storePart(env, upload, buffer, filled, clock());
        filled = 0;
      }
      if (filled === buffer.byteLength) buffer = growBuffer(buffer, capacity);
      const some = bytes.subarray(at, at + buffer.byteLength - filled);
      buffer.set(some, filled);
      filled += some.byteLength;
      at += some.byteLength;
    }
    // A full part is stored at once, except the last one: only the body's end shows that nothing follows it.
    if (filled === upload.partBytes && partStart() + filled < length) {
      upload = await storePart(env, upload, buffer, filled, clock());
      filled = 0;
    }
  }
  if (end === "beyond_length") return { upload: await releaseUpload(env, upload, clock()), end };
  return { upload: await storeRest(env, upload, buffer.subarray(0, filled), clock), end };
}

async function storeRest(env: Env, upload: Upload, rest: Uint8Array, clock: () => number): Promise<Upload> {
  const whole = upload.offset - upload.tailBytes + rest.byteLength === upload.length;
  const isPart = rest.byteLength > 0 && (whole || rest.byteLength === upload.partBytes);
  if (isPart) {
    const stored = await storePart(env, upload, rest, rest.byteLength, clock());
    return releaseUpload(env, stored, clock());
  }
  if (rest.byteLength === upload.tailBytes) return releaseUpload(env, upload, clock());
  return storeTail(env, upload, rest, clock());
}

async function readSome(
  reader: ReadableStreamBYOBReader,
  scratch: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | "complete" | "interrupted"> {
  try {
    const { done, value } = await reader.read(scratch);
    return done ? "complete" : value;
  } catch {
    return "interrupted";
  }
}

/** A part's buffer begins with this many bytes. */
export const firstBufferBytes = 1024 * 1024;

/**
 * Makes a larger buffer with the same bytes in front: twice as large, and never more than `capacity` bytes. So a request
 * holds about the bytes it has sent, and one that opens a part and sends nothing holds next to nothing: many requests share
 * the 128 MB of an isolate.
 */
export function growBuffer(buffer: Uint8Array, capacity: number): Uint8Array {
  const grown = new Uint8Array(Math.min(capacity, Math.max(firstBufferBytes, 2 * buffer.byteLength)));
  grown.set(buffer);
  return grown;
}
