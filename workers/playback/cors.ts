/** CORS for media: any page's player may read it, because the token in the path authorises, never a cookie. */
import { createMiddleware } from "hono/factory";

declare module "hono" {
  interface ContextVariableMap {
    /** The one web origin whose pages may read the answer; unset: any page may. */
    readableBy?: string;
  }
}

const corsHeaders: Record<string, string> = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers":
    "Content-Length, Content-Range, ETag, Date, Server-Timing, Retry-After, RateLimit, RateLimit-Policy",
  "Cross-Origin-Resource-Policy": "cross-origin",
  "Timing-Allow-Origin": "*",
};

/**
 * Opens every answer to other origins' pages, refusals too, and answers preflights (Fetch standard, "CORS protocol"). Where a
 * route has set `readableBy`, only pages of that origin may read, and caches keep the answer apart from those to others.
 * By hand rather than with hono/cors, which must know the origin before the route has run.
 */
export const mediaCors = createMiddleware(async (c, next) => {
  if (c.req.method === "OPTIONS") {
    return c.body(null, 204, {
      ...corsHeaders,
      "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
      "Access-Control-Allow-Headers": "Range, If-Range, If-None-Match, Content-Type",
      "Access-Control-Max-Age": "86400",
    });
  }
  await next();
  for (const [name, value] of Object.entries(corsHeaders)) c.res.headers.set(name, value);
  const { readableBy } = c.var;
  if (readableBy === undefined) return;
  c.res.headers.set("Access-Control-Allow-Origin", readableBy);
  c.res.headers.append("Vary", "Origin");
});
