/** The trace of a delivery, for holders of the secret `DEBUG_KEY`, who send it as `Marquee-Debug: {key}`. */
import type { Delivery, DeliveryTrace, Found } from "./media-headers.ts";

/** The header of the key in requests, and of the trace in answers. */
export const debugHeader = "Marquee-Debug";

/** Checks whether a request shows the debug key. Both are hashed first, so that the time taken reveals nothing of the key. */
export async function mayDebug(request: Request, env: Pick<Env, "DEBUG_KEY">): Promise<boolean> {
  const shown = request.headers.get(debugHeader);
  if (shown === null || !env.DEBUG_KEY) return false;
  const digests = [shown, env.DEBUG_KEY].map((text) =>
    crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)),
  );
  const [one, other] = await Promise.all(digests);
  return one !== undefined && other !== undefined && crypto.subtle.timingSafeEqual(one, other);
}

/** Adds the object's tier, the deciding rule and the times to an answer. @param originMs waited for the object */
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
  const fields = {
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
    Object.entries(fields)
      .map(([name, value]) => `${name}=${value}`)
      .join("; "),
  );
}
