/** What whoever holds the secret `DEBUG_KEY` may see of a delivery: send it as `Marquee-Debug: {key}`. */
import type { Delivery, DeliveryTrace, Found } from "./media-headers.ts";

/** The header of the key in requests, and of what is told in answers. */
export const debugHeader = "Marquee-Debug";

/** Whether a request shows the debug key. Both are hashed first, so that the time this takes tells nothing of the key. */
export async function mayDebug(request: Request, env: Pick<Env, "DEBUG_KEY">): Promise<boolean> {
  const shown = request.headers.get(debugHeader);
  if (shown === null || !env.DEBUG_KEY) return false;
  const digests = [shown, env.DEBUG_KEY].map((text) =>
    crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)),
  );
  const [one, other] = await Promise.all(digests);
  return one !== undefined && other !== undefined && crypto.subtle.timingSafeEqual(one, other);
}

/** Adds to an answer where the object came from, what decided, and how long it took. @param originMs waited for the object */
export function writeTrace(
  headers: Headers,
  delivery: Delivery,
  trace: DeliveryTrace,
  { tier, objectClass }: Found,
  originMs: number,
): void {
  const gatewayMs = performance.now() - trace.startedAt - originMs;
  const cache = tier === "origin" ? "miss" : "hit";
  const times = { gateway: Math.max(0, gatewayMs).toFixed(1), origin: originMs.toFixed(1) };
  headers.set(
    "Server-Timing",
    `cache;desc=${cache}, gateway;dur=${times.gateway}, origin;dur=${times.origin}`,
  );
  const told = {
    cache,
    from: tier,
    object: objectClass,
    class: delivery.policyClass ?? "none",
    country: trace.country,
    rule: encodeURIComponent(trace.rule ?? "none"),
    gateway_ms: times.gateway,
    origin_ms: times.origin,
  };
  headers.set(
    debugHeader,
    Object.entries(told)
      .map(([name, value]) => `${name}=${value}`)
      .join("; "),
  );
}
