import type { Context } from "hono";
import type { ProducerEnv } from "../../http/authenticate.ts";
import type { RequestContext } from "./read-assets.ts";

/** Who asks in a request behind `requireProducer`, and when. */
export function requestContext(c: Context<ProducerEnv>): RequestContext {
  return { producerId: c.var.producerId, origin: new URL(c.req.url).origin, now: Date.now() };
}
