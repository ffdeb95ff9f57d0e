/** Turns the origin's whole object into what this request asked for: 200, 206, 304 or 416; GET or HEAD; gzip or not. */
import { Problem } from "../http/problem.ts";
import { sliceRange } from "./slice-range.ts";

/** How an object is delivered. */
export interface Delivery {
  contentType: string;
  /** For the viewer's own cache. */
  cacheControl: string;
  /** Text that is worth compressing. */
  compressible: boolean;
  /** For `Server-Timing`; null where no policy was asked. */
  policyClass: string | null;
}

/** The part of the request's `Range` that the origin's cache may slice: none for HEAD (RFC 9110 §14.2) or with If-Range. */
export function rangeForOrigin(request: Request): string | null {
  if (request.method !== "GET" || request.headers.has("If-Range")) return null;
  const range = request.headers.get("Range");
  return sliceRange(range, Number.MAX_SAFE_INTEGER).kind === "slice" ? range : null;
}

/**
 * Answers `request` from the origin's 200 (or 206, when its cache sliced). Preconditions go before ranges (RFC 9110
 * §13.2.2). `waitUntil` keeps the copying of a slice alive.
 * @throws Problem 416 `range_not_satisfiable`
 */
export async function answerMedia(
  request: Request,
  origin: Response,
  delivery: Delivery,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<Response> {
  const etag = (origin.headers.get("ETag") ?? "").replace(/^W\//, "");
  const range = request.method === "GET" ? request.headers.get("Range") : null;
  const gzip = delivery.compressible && range === null && acceptsGzip(request);
  const headers = new Headers({
    "Content-Type": delivery.contentType,
    "Cache-Control": delivery.cacheControl,
    // The gzip form is another representation; a weak tag says that it means the same (RFC 9110 §8.8.1).
    ETag: gzip ? `W/${etag}` : etag,
    "Accept-Ranges": "bytes",
    "X-Content-Type-Options": "nosniff",
    "Server-Timing": serverTiming(origin, delivery.policyClass),
  });
  if (delivery.compressible) headers.set("Vary", "Accept-Encoding");
  if (matches(request.headers.get("If-None-Match"), etag)) {
    await origin.body?.cancel();
    return new Response(null, { status: 304, headers });
  }
  if (origin.status === 206 || origin.status === 416) return sliced(origin, headers);
  if (gzip) return compressed(request, origin, headers);
  const length = origin.headers.get("Content-Length");
  if (length !== null) headers.set("Content-Length", length);
  if (request.method === "HEAD") {
    await origin.body?.cancel();
    return new Response(null, { headers });
  }
  const ifRange = request.headers.get("If-Range");
  const size = Number(length);
  const wanted = length === null || (ifRange !== null && ifRange !== etag) ? null : range;
  const decision = sliceRange(wanted, size);
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

function unsatisfiable(contentRange: string): Problem {
  return new Problem(
    416,
    "range_not_satisfiable",
    "The file is shorter than the range. Ask for a range inside it.",
    {
      headers: { "Content-Range": contentRange },
    },
  );
}

/** Compresses a playlist in memory, so that its length is known: also the longest film's has only some 100 kB. */
async function compressed(request: Request, origin: Response, headers: Headers): Promise<Response> {
  const stream = origin.body?.pipeThrough(new CompressionStream("gzip")) ?? null;
  const bytes = await new Response(stream).arrayBuffer();
  headers.set("Content-Encoding", "gzip");
  headers.set("Content-Length", String(bytes.byteLength));
  return new Response(request.method === "HEAD" ? null : bytes, { headers, encodeBody: "manual" });
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

/** Whether an `If-None-Match` names this tag; weak comparison (RFC 9110 §13.1.2). */
function matches(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null || etag === "") return false;
  if (ifNoneMatch.trim() === "*") return true;
  const tags: string[] = ifNoneMatch.match(/"[^"]*"/g) ?? [];
  return tags.includes(etag);
}

/** Whether the viewer takes gzip (RFC 9110 §12.5.3). The edge rewrites `Accept-Encoding`, but says what it was. */
function acceptsGzip(request: Request): boolean {
  const asked: unknown = request.cf?.clientAcceptEncoding;
  const codings = (typeof asked === "string" ? asked : (request.headers.get("Accept-Encoding") ?? "")).split(
    ",",
  );
  return codings.some((coding) => {
    const [name, ...parameters] = coding.split(";").map((part) => part.trim().toLowerCase());
    return (
      (name === "gzip" || name === "x-gzip") && !parameters.some((weight) => /^q=0(\.0*)?$/.test(weight))
    );
  });
}

function serverTiming(origin: Response, policyClass: string | null): string {
  const status = origin.headers.get("Cf-Cache-Status") ?? "";
  const hit = ["HIT", "STALE", "UPDATING", "REVALIDATED"].includes(status);
  return `cache;desc=${hit ? "hit" : "miss"}${policyClass === null ? "" : `, policy;desc=${policyClass}`}`;
}
