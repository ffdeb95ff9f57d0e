import type { Context } from "hono";
import type { ProducerEnv } from "../../http/authenticate.ts";
import type { Asking } from "./read-assets.ts";

/** Who asks in a request behind `requireProducer`, and when. */
export function askingOf(c: Context<ProducerEnv>): Asking {
  return { producerId: c.var.producerId, origin: new URL(c.req.url).origin, now: Date.now() };
}
