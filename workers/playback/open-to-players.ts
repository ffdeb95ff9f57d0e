/** CORS for media: any page's player may read it, because the token in the path is what authorises, never a cookie. */
import { createMiddleware } from "hono/factory";

const opened: Record<string, string> = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers": "Content-Length, Content-Range, ETag, Date, Server-Timing",
  "Cross-Origin-Resource-Policy": "cross-origin",
  "Timing-Allow-Origin": "*",
};

/** Opens every answer, refusals too, and answers preflights (Fetch standard, "CORS protocol"). */
export const openToPlayers = createMiddleware(async (c, next) => {
  if (c.req.method === "OPTIONS") {
    return c.body(null, 204, {
      ...opened,
      "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
      "Access-Control-Allow-Headers": "Range, If-Range, If-None-Match, Content-Type",
      "Access-Control-Max-Age": "86400",
    });
  }
  await next();
  for (const [name, value] of Object.entries(opened)) c.res.headers.set(name, value);
});
