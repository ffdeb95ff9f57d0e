/** Answers from an object that is whole in memory: 200, 206, 304 or 416; GET or HEAD; gzip or not. Nothing is copied. */
import {
  acceptsGzip,
  type Delivery,
  type Found,
  matches,
  mediaHeaders,
  unsatisfiable,
} from "./media-headers.ts";
import type { CachedObject } from "./memory-cache.ts";
import { sliceRange } from "./slice-range.ts";

/**
 * Answers a GET or HEAD as `respondFromOrigin` does. `gzip` gives the object's compressed form.
 * @throws Problem 416 `range_not_satisfiable`
 */
export async function respondFromMemory(
  request: Request,
  object: CachedObject,
  delivery: Delivery,
  found: Found,
  gzip: (object: CachedObject) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<Response> {
  const { bytes, etag } = object;
  const isHead = request.method === "HEAD";
  const asked = isHead ? null : request.headers.get("Range");
  const zip = delivery.compressible && asked === null && acceptsGzip(request);
  const headers = mediaHeaders(delivery, found, etag, zip);
  // Preconditions go before ranges (RFC 9110 §13.2.2).
  if (matches(request.headers.get("If-None-Match"), etag)) {
    headers.delete("Content-Encoding");
    return new Response(null, { status: 304, headers });
  }
  if (zip) {
    const zipped = await gzip(object);
    headers.set("Content-Length", String(zipped.byteLength));
    return new Response(isHead ? null : zipped, { headers, encodeBody: "manual" });
  }
  const range = asked !== null && allowsRange(request, etag) ? asked : null;
  const decision = sliceRange(range, bytes.byteLength);
  if (decision.kind === "unsatisfiable") throw unsatisfiable(`bytes */${bytes.byteLength}`);
  if (decision.kind === "whole") {
    headers.set("Content-Length", String(bytes.byteLength));
    return new Response(isHead ? null : bytes, { headers });
  }
  const { start, end } = decision;
  headers.set("Content-Range", `bytes ${start}-${end}/${bytes.byteLength}`);
  headers.set("Content-Length", String(end - start + 1));
  return new Response(bytes.subarray(start, end + 1), { status: 206, headers });
}

/** Checks whether `If-Range`, where there is one, allows a range: only a strong match does (RFC 9110 §13.1.5). */
export function allowsRange(request: Request, etag: string): boolean {
  const ifRange = request.headers.get("If-Range");
  return ifRange === null || ifRange === etag;
}
