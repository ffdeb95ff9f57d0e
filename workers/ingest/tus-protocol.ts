/** The headers that every tus response carries and every request must carry, and CORS for pages of other origins. */
import { createMiddleware } from "hono/factory";
import type { ProducerEnv } from "../http/authenticate.ts";
import { Problem } from "../http/problem.ts";
import { ingestLimits } from "./ingest-limits.ts";
import { methodOf, tusExtensions, tusVersion } from "./tus-headers.ts";

const requestHeaders =
  "Authorization, Content-Type, Tus-Resumable, Upload-Length, Upload-Offset, Upload-Metadata, Upload-Defer-Length, X-HTTP-Method-Override, X-Request-ID, X-Requested-With";
const responseHeaders =
  "Location, Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size, Upload-Offset, Upload-Length, Upload-Metadata, Upload-Defer-Length, Upload-Expires, Marquee-Asset-Id, Marquee-Title-Id, Retry-After, RateLimit, RateLimit-Policy";

/** A day; browsers cap it at less. */
const preflightSeconds = 86_400;

/**
 * Answers OPTIONS for anyone (tus discovery and CORS preflight) and lets only our protocol version through. Any origin
 * may send requests: other origins hold a bearer key, and never a cookie of ours.
 * @throws Problem 412 `tus_version`; GET is plain JSON and needs no version
 */
export const tusProtocol = createMiddleware<ProducerEnv>(async (c, next) => {
  c.header("Access-Control-Allow-Origin", "*");
  c.header("Access-Control-Expose-Headers", responseHeaders);
  c.header("Cache-Control", "no-store");
  c.header("Tus-Resumable", tusVersion);
  if (c.req.method === "OPTIONS") {
    c.header("Tus-Version", tusVersion);
    c.header("Tus-Extension", tusExtensions);
    c.header("Tus-Max-Size", String(ingestLimits(c.env).maxUploadBytes));
    c.header("Access-Control-Allow-Methods", "POST, GET, HEAD, PATCH, DELETE, OPTIONS");
    c.header("Access-Control-Allow-Headers", requestHeaders);
    c.header("Access-Control-Max-Age", String(preflightSeconds));
    return c.body(null, 204);
  }
  if (methodOf(c.req.raw) !== "GET" && c.req.header("Tus-Resumable") !== tusVersion) {
    throw new Problem(412, "tus_version", `Send \`Tus-Resumable: ${tusVersion}\`, the supported version.`, {
      headers: { "Tus-Version": tusVersion },
    });
  }
  return next();
});
