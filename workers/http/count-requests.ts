/** Counts requests against the limits of workers/shared/rate-limits.ts, by Cloudflare's rate-limit bindings. */
import { createMiddleware } from "hono/factory";
import { clientNetwork } from "../shared/client-network.ts";
import { sha256Hex } from "../shared/digest.ts";
import { periodSeconds, type RateLimitName, rateLimits } from "../shared/rate-limits.ts";
import { Problem } from "./problem.ts";

type Bound = Pick<Env, (typeof rateLimits)[RateLimitName]["binding"]> & { RATE_LIMITS: string };

/**
 * Counts a request. Without `RATE_LIMITS` "on", without a key, and while Cloudflare does not answer, nothing is limited.
 * @param key whose requests are counted together; null: not known
 * @throws Problem 429 `rate_limited`
 */
export async function countRequest(
  env: Bound,
  name: RateLimitName,
  key: string | null,
  now: number,
): Promise<void> {
  if (env.RATE_LIMITS !== "on" || key === null) return;
  let success = true;
  try {
    ({ success } = await env[rateLimits[name].binding].limit({ key }));
  } catch (error) {
    console.warn("requests could not be counted", name, error);
  }
  if (!success) throw rateLimited(name, now);
}

/** The network that a request comes from; null where nobody says (a test, or a server without Cloudflare before it). */
export function networkOf(request: Request): string | null {
  return clientNetwork(request.headers.get("CF-Connecting-IP"));
}

/**
 * Counts a request by its address and by what it authenticates with, before anything is asked of the database.
 * @param secret an Authorization header or a session's token; undefined: it has neither
 */
export async function countCaller(
  env: Bound,
  request: Request,
  secret: string | undefined,
  now: number,
): Promise<void> {
  if (env.RATE_LIMITS !== "on") return;
  await countRequest(env, "address", networkOf(request), now);
  if (secret !== undefined) await countRequest(env, "key", (await sha256Hex(secret)).slice(0, 32), now);
}

/** Counts requests by their address, for routes that need no key. */
export function limitByAddress(name: "playback" | "images" | "sign_in") {
  return createMiddleware<{ Bindings: Env }>(async (c, next) => {
    const network = networkOf(c.req.raw);
    try {
      await countRequest(c.env, name, network, Date.now());
    } catch (error) {
      if (name === "sign_in") console.warn("too many sign-ins", network);
      throw error;
    }
    await next();
  });
}

/**
 * The refusal, with the fields of draft-ietf-httpapi-ratelimit-headers-09: the policy's quota (`q`) and window (`w`, seconds), and
 * nothing remaining (`r`) until the window's end (`t`).
 */
function rateLimited(name: RateLimitName, now: number): Problem {
  const { requests } = rateLimits[name];
  const seconds = periodSeconds - (Math.floor(now / 1000) % periodSeconds);
  return new Problem(
    429,
    "rate_limited",
    `More than ${requests} requests within a minute (limit \`${name}\`). Send the next one in ${seconds} seconds, and fewer at a time.`,
    {
      headers: {
        "Retry-After": String(seconds),
        "RateLimit-Policy": `"${name}";q=${requests};w=${periodSeconds}`,
        RateLimit: `"${name}";r=0;t=${seconds}`,
      },
      members: { limit: name, requests, retry_after: seconds },
    },
  );
}
