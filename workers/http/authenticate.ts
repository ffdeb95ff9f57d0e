/** Authenticates producers by a bearer key (API, CLI, tus clients) or the studio's session cookie (browser). */
import { and, eq, gt, isNull } from "drizzle-orm";
import { getCookie } from "hono/cookie";
import { createMiddleware } from "hono/factory";
import { openDatabase } from "../catalog/database.ts";
import { apiKeys, sessions } from "../catalog/schema.ts";
import { sha256Hex } from "../shared/digest.ts";
import { countCaller, countRequest, networkOf } from "./count-requests.ts";
import { Problem } from "./problem.ts";

/** The cookie that holds a studio session's token. */
export const sessionCookie = "marquee_session";

/** Hono environment of routes behind {@link requireProducer}. */
export type ProducerEnv = { Bindings: Env; Variables: { producerId: string } };

/**
 * Lets only producers through and sets `producerId`.
 * A cookie counts only for requests from our own pages: browsers say so in `Sec-Fetch-Site` or `Origin`.
 * @throws Problem 401 `unauthenticated`, 403 `cross_site`, 429 `rate_limited`
 */
export const requireProducer = createMiddleware<ProducerEnv>(async (c, next) => {
  const authorization = c.req.header("Authorization");
  const cookie = getCookie(c, sessionCookie);
  let producerId: string | null = null;
  await countCaller(c.env, c.req.raw, authorization ?? cookie, Date.now());
  if (authorization !== undefined) {
    const key = /^Bearer ([\x21-\x7e]{8,200})$/i.exec(authorization)?.[1];
    if (key !== undefined) producerId = await producerOfKey(c.env, key);
  } else if (cookie !== undefined) {
    if (isCrossSite(c.req.raw)) {
      throw new Problem(
        403,
        "cross_site",
        "This request came from another site. Use the studio, or a bearer key.",
      );
    }
    producerId = await producerOfSession(c.env, cookie, Date.now());
  }
  if (producerId === null) {
    if (authorization !== undefined) await countRequest(c.env, "wrong_key", networkOf(c.req.raw), Date.now());
    throw new Problem(
      401,
      "unauthenticated",
      "Send a valid producer key as `Authorization: Bearer …`, or sign in to the studio.",
      { headers: { "WWW-Authenticate": 'Bearer realm="marquee"' } },
    );
  }
  await countRequest(c.env, "account", producerId, Date.now());
  c.set("producerId", producerId);
  await next();
});

/** The producer who owns this API key, or null. */
export async function producerOfKey(env: Pick<Env, "DB">, key: string): Promise<string | null> {
  const keyHash = await sha256Hex(key);
  const row = await openDatabase(env)
    .select({ producerId: apiKeys.producerId })
    .from(apiKeys)
    .where(and(eq(apiKeys.keyHash, keyHash), isNull(apiKeys.revokedAt)))
    .get();
  return row?.producerId ?? null;
}

/** The producer whose studio session has this token at `now` (Unix milliseconds), or null. */
export async function producerOfSession(
  env: Pick<Env, "DB">,
  token: string,
  now: number,
): Promise<string | null> {
  const tokenHash = await sha256Hex(token);
  const row = await openDatabase(env)
    .select({ producerId: sessions.producerId })
    .from(sessions)
    .where(and(eq(sessions.tokenHash, tokenHash), gt(sessions.expiresAt, now)))
    .get();
  return row?.producerId ?? null;
}

/** Checks whether a browser sent this changing request from another site's page (`Sec-Fetch-Site`, else `Origin`). */
export function isCrossSite(request: Request): boolean {
  if (request.method === "GET" || request.method === "HEAD") return false;
  const site = request.headers.get("Sec-Fetch-Site");
  if (site !== null) return site !== "same-origin" && site !== "none";
  const origin = request.headers.get("Origin");
  return origin === null || origin !== new URL(request.url).origin;
}
