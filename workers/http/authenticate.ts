/** Authenticates producers by a bearer key (API, CLI, tus clients) or the studio's session cookie (browser). */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { countCaller, countRequest, networkOf } from "./count-requests.ts";
import { findByKey, findBySession, type SignIn } from "./find-sign-in.ts";
import { noteKeyUse } from "./note-key-use.ts";
import { ownOrigins } from "./own-origins.ts";
import { Problem } from "./problem.ts";
import { readSessionCookie } from "./session-cookie.ts";

/** Hono environment of routes behind {@link requireProducer}. `keyId`: the key that was sent, or that signed in. */
export type ProducerEnv = { Bindings: Env; Variables: { producerId: string; keyId: string } };

/**
 * Lets only producers through and sets `producerId` and `keyId`.
 * A cookie counts only for requests from our own pages: browsers say so in `Sec-Fetch-Site` or `Origin`.
 * @throws Problem 401 `unauthenticated`, 403 `cross_site`, 429 `rate_limited`
 */
export const requireProducer = createMiddleware<ProducerEnv>(async (c, next) => {
  const authorization = c.req.header("Authorization");
  const isByKey = authorization !== undefined;
  const cookie = readSessionCookie(c);
  const now = Date.now();
  await countCaller(c.env, c.req.raw, authorization ?? cookie, now);
  if (!isByKey && cookie !== undefined && isCrossSite(c.req.raw, c.env)) {
    throw new Problem(
      403,
      "cross_site",
      "This request came from another site. Use the studio, or a bearer key.",
    );
  }
  const found = isByKey ? await byHeader(c.env, authorization) : await bySession(c.env, cookie, now);
  if (found === null) {
    if (isByKey) await countRequest(c.env, "wrong_key", networkOf(c.req.raw), now);
    throw new Problem(
      401,
      "unauthenticated",
      "Send a valid producer key as `Authorization: Bearer …`, or sign in to the studio.",
      { headers: { "WWW-Authenticate": 'Bearer realm="marquee"' } },
    );
  }
  await countRequest(c.env, "account", found.producerId, now);
  letThrough(c, found, now);
  await next();
});

/** Sets who sends a request, and notes that their key is in use. @param now Unix milliseconds */
export function letThrough(c: Context<ProducerEnv>, found: SignIn, now: number): void {
  c.set("producerId", found.producerId);
  c.set("keyId", found.keyId);
  noteKeyUse(c.env, found, now, (work) => c.executionCtx.waitUntil(work));
}

async function byHeader(env: Env, authorization: string): Promise<SignIn | null> {
  const key = /^Bearer ([\x21-\x7e]{8,200})$/i.exec(authorization)?.[1];
  return key === undefined ? null : await findByKey(env, key);
}

async function bySession(env: Env, token: string | undefined, now: number): Promise<SignIn | null> {
  return token === undefined ? null : await findBySession(env, token, now);
}

/** Checks whether a browser sent this changing request from another site's page (`Sec-Fetch-Site`, else `Origin`). */
export function isCrossSite(request: Request, env: Pick<Env, "PUBLIC_ORIGINS">): boolean {
  if (request.method === "GET" || request.method === "HEAD") return false;
  const site = request.headers.get("Sec-Fetch-Site");
  if (site !== null) return site !== "same-origin" && site !== "none";
  const origin = request.headers.get("Origin");
  return origin === null || !ownOrigins(env).all.includes(origin);
}
