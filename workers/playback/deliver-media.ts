/** The last step of every media route: ask the cached origin, and answer this request from what it gave. */
import type { Context } from "hono";
import { answerMedia, type Delivery, rangeForOrigin } from "./answer-media.ts";
import { askOrigin } from "./ask-origin.ts";

/**
 * Delivers `path` of the origin to a request that is already authorised.
 * @throws Problem of `askOrigin` and `answerMedia`.
 */
export async function deliverMedia(
  c: Context<{ Bindings: Env }>,
  path: string,
  delivery: Delivery,
): Promise<Response> {
  const request = c.req.raw;
  // The length of a compressed playlist is only known by compressing it, also for HEAD.
  const method = request.method === "HEAD" && !delivery.compressible ? "HEAD" : "GET";
  const entrypoint: Pick<Fetcher, "fetch"> = c.executionCtx.exports.Origin;
  const origin = await askOrigin(entrypoint, path, { method, range: rangeForOrigin(request) });
  return await answerMedia(request, origin, delivery, (work) => c.executionCtx.waitUntil(work));
}
