/** Keeps other names than its own from a service that runs for one machine. */
import { createMiddleware } from "hono/factory";
import { hasOwnHost, ownOrigins } from "./own-origins.ts";
import { Problem } from "./problem.ts";

/**
 * Where the service runs on a laptop, refuses requests whose Host is neither a loopback name nor configured: a page whose own
 * name was made to resolve to 127.0.0.1 (DNS rebinding) would else read the library as if it were ours. In the cloud any name
 * that is routed here is served, and none of them is believed.
 * @throws Problem 421 `host_unknown` (RFC 9110 §15.5.20)
 */
export const refuseForeignHosts = createMiddleware<{ Bindings: Env }>(async (c, next) => {
  if (ownOrigins(c.env).isLocal && !hasOwnHost(c.req.raw, c.env)) {
    throw new Problem(
      421,
      "host_unknown",
      "This Marquee serves the machine it runs on. Open it as http://127.0.0.1 or http://localhost, with its port.",
    );
  }
  await next();
});
