/** The cookie that holds a studio session's token. */
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { originFor } from "./own-origins.ts";

type Bound = { Bindings: Env };

const plainName = "marquee_session";

/**
 * The cookie's name. With https it begins with `__Host-` (RFC 6265bis §4.1.3.2): a browser takes such a one from this very host
 * only, so neither another host of the same domain nor somebody on the way of an http request can plant a session of theirs. The
 * plain name counts by http alone, on a laptop, where browsers refuse the other.
 */
function nameFor<E extends Bound>(c: Context<E>): string {
  return isSecure(c) ? `__Host-${plainName}` : plainName;
}

function isSecure<E extends Bound>(c: Context<E>): boolean {
  return originFor(c.req.raw, c.env).startsWith("https:");
}

/** The token in a request's cookie; undefined when it has none. */
export function readSessionCookie<E extends Bound>(c: Context<E>): string | undefined {
  return getCookie(c, nameFor(c));
}

/** Gives the browser a session's token for some seconds. No script can read it, and no other site's request carries it. */
export function writeSessionCookie<E extends Bound>(c: Context<E>, token: string, seconds: number): void {
  const rest = { path: "/", httpOnly: true, sameSite: "Strict", maxAge: seconds } as const;
  setCookie(c, nameFor(c), token, { ...rest, secure: isSecure(c) });
}

/** Takes the cookie from the browser. */
export function dropSessionCookie<E extends Bound>(c: Context<E>): void {
  deleteCookie(c, nameFor(c), { path: "/", secure: isSecure(c) });
}
