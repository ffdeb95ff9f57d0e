/** The common parts of all media answers: headers, validators and codings. */
import { Problem } from "../../http/problem.ts";
import type { ObjectClass } from "./object-class.ts";

/** The way an object is delivered. */
export interface Delivery {
  contentType: string;
  /** For the viewer's own cache. */
  cacheControl: string;
  /** Text that is worth compressing. */
  compressible: boolean;
  /** The viewer's class by the title's rules; null where no rules apply. */
  policyClass: string | null;
  /** The next change of the rules for this viewer, Unix ms; null or missing: never. */
  changesAt?: number | null;
  /** The trace for a holder of the debug key; null or missing: for nobody. */
  trace?: DeliveryTrace | null;
}

/** The gateway's facts of a request, for `Marquee-Debug`. Times as of `performance.now()`. */
export interface DeliveryTrace {
  startedAt: number;
  country: string;
  /** The name of the rule that decided; null where none did. */
  rule: string | null;
}

/** The source of an object: this isolate's memory, the cache before the origin, or the origin. */
export type Tier = "isolate" | "edge" | "origin";

/** The class of an object, and its source. */
export interface Found {
  tier: Tier;
  objectClass: ObjectClass;
}

/** The headers of an answer with (a part of) the object whose strong tag is `etag`. */
export function mediaHeaders(delivery: Delivery, found: Found, etag: string, gzip: boolean): Headers {
  const headers = new Headers({
    "Content-Type": delivery.contentType,
    "Cache-Control": delivery.cacheControl,
    // The gzip form is another representation; a weak tag marks it as equivalent (RFC 9110 §8.8.1).
    ETag: gzip ? `W/${etag}` : etag,
    "Accept-Ranges": "bytes",
    "Server-Timing": `cache;desc=${found.tier === "origin" ? "miss" : "hit"}`,
  });
  if (delivery.compressible) headers.set("Vary", "Accept-Encoding");
  if (gzip) headers.set("Content-Encoding", "gzip");
  return headers;
}

/** Checks whether an `If-None-Match` names this tag; weak comparison (RFC 9110 §13.1.2). */
export function matches(ifNoneMatch: string | null, etag: string): boolean {
  if (ifNoneMatch === null || etag === "") return false;
  if (ifNoneMatch.trim() === "*") return true;
  const tags: string[] = ifNoneMatch.match(/"[^"]*"/g) ?? [];
  return tags.includes(etag);
}

/** Checks whether the viewer accepts gzip (RFC 9110 §12.5.3). The edge rewrites `Accept-Encoding`, but keeps its first value. */
export function acceptsGzip(request: Request): boolean {
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

/** The refusal of a range outside the object. @param contentRange `bytes` and the size (RFC 9110 §14.4) */
export function unsatisfiable(contentRange: string): Problem {
  return new Problem(
    416,
    "range_not_satisfiable",
    "The file is shorter than the range. Ask for a range inside it.",
    { headers: { "Content-Range": contentRange } },
  );
}
