/** Answers from the origin's object without storing it: 200, 206, 304 or 416; GET or HEAD. */

import { type Delivery, type Found, matches, mediaHeaders, unsatisfiable } from "./media-headers.ts";
import { allowsRange } from "./respond-from-memory.ts";
import { sliceRange } from "./slice-range.ts";

/** The part of the request's `Range` that the origin's cache may slice: none for HEAD (RFC 9110 §14.2) or with If-Range. */
export function rangeForOrigin(request: Request): string | null {
  const range = request.headers.get("Range");
  if (range === null || request.method !== "GET" || request.headers.has("If-Range")) return null;
  return sliceRange(range, Number.MAX_SAFE_INTEGER).kind === "slice" ? range : null;
}

/** The strong tag of the origin's object, with its quotes; empty when it gave none. */
export function etagOf(origin: Response): string {
  return (origin.headers.get("ETag") ?? "").replace(/^W\//, "");
}

/**
 * Answers `request` from the origin's 200 (or 206, when its cache sliced). Preconditions go before ranges (RFC 9110
 * §13.2.2). `waitUntil` keeps the copying of a slice alive.
 * @throws Problem 416 `range_not_satisfiable`
 */
export async function respondFromOrigin(
  request: Request,
  origin: Response,
  delivery: Delivery,
  found: Found,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Response> {
  const etag = etagOf(origin);
  const headers = mediaHeaders(delivery, found, etag, false);
  if (matches(request.headers.get("If-None-Match"), etag)) {
    await origin.body?.cancel();
    return new Response(null, { status: 304, headers });
  }
  if (origin.status === 206 || origin.status === 416) return await sliced(origin, headers);
  const length = origin.headers.get("Content-Length");
  if (length !== null) headers.set("Content-Length", length);
  if (request.method === "HEAD") {
    await origin.body?.cancel();
    return new Response(null, { headers });
  }
  const range = length !== null && allowsRange(request, etag) ? request.headers.get("Range") : null;
  const size = Number(length);
  const decision = sliceRange(range, size);
  if (decision.kind === "whole" || origin.body === null) return new Response(origin.body, { headers });
  if (decision.kind === "unsatisfiable") {
    await origin.body.cancel();
    throw unsatisfiable(`bytes */${size}`);
  }
  const { start, end } = decision;
  headers.set("Content-Range", `bytes ${start}-${end}/${size}`);
  headers.set("Content-Length", String(end - start + 1));
  const part = new FixedLengthStream(end - start + 1);
  waitUntil(copyPart(origin.body, part.writable, start, end - start + 1));
  return new Response(part.readable, { status: 206, headers });
}

async function sliced(origin: Response, headers: Headers): Promise<Response> {
  const contentRange = origin.headers.get("Content-Range") ?? "";
  if (origin.status === 416) {
    await origin.body?.cancel();
    throw unsatisfiable(contentRange);
  }
  headers.set("Content-Range", contentRange);
  const length = origin.headers.get("Content-Length");
  if (length !== null) headers.set("Content-Length", length);
  return new Response(origin.body, { status: 206, headers });
}

/** Copies `length` bytes from `start` on, then lets go of the rest. A viewer who leaves early is no error. */
async function copyPart(
  source: ReadableStream<Uint8Array>,
  sink: WritableStream<Uint8Array>,
  start: number,
  length: number,
): Promise<void> {
  const reader = source.getReader();
  const writer = sink.getWriter();
  let skip = start;
  let left = length;
  try {
    while (left > 0) {
      const { done, value } = await reader.read();
      if (done) break;
      const part = value.subarray(skip, skip + left);
      skip -= Math.min(skip, value.byteLength);
      left -= part.byteLength;
      if (part.byteLength > 0) await writer.write(part);
    }
    await writer.close();
  } catch (error) {
    await writer.abort(error).catch(() => undefined);
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
