/** The last step of every media route: finds the object (in memory, or at the cached origin), answers, and counts. */
import type { Context } from "hono";
import { freshUntil } from "./cache-lifetimes.ts";
import { writeTrace } from "./debug-delivery.ts";
import { recordDelivery } from "./delivery-metrics.ts";
import { fetchOrigin, originUnavailable } from "./fetch-origin.ts";
import type { Delivery, Found, Tier } from "./media-headers.ts";
import { type CachedObject, MemoryCache } from "./memory-cache.ts";
import { objectClassOf } from "./object-class.ts";
import { respondFromMemory } from "./respond-from-memory.ts";
import { etagOf, rangeForOrigin, respondFromOrigin } from "./respond-from-origin.ts";

const memory = new MemoryCache();

/**
 * Delivers `path` of the origin to a request that is already authorised.
 * @throws Problem of `fetchOrigin`, `respondFromMemory` and `respondFromOrigin`.
 */
export async function deliverMedia(
  c: Context<{ Bindings: Env }>,
  path: string,
  delivery: Delivery,
): Promise<Response> {
  const request = c.req.raw;
  const now = Date.now();
  const objectClass = objectClassOf(path);
  const cached = memory.get(path, now);
  const askedAt = performance.now();
  const taken: { object: CachedObject; tier: Tier } | { origin: Response; tier: Tier } =
    cached === null ? await takeFromOrigin(c, path, delivery, now) : { object: cached, tier: "isolate" };
  const found: Found = { tier: taken.tier, objectClass };
  const originMs = performance.now() - askedAt;
  const response =
    "object" in taken
      ? await respondFromMemory(request, taken.object, delivery, found, (object) => zipped(path, object))
      : await respondFromOrigin(request, taken.origin, delivery, found, (work) =>
          c.executionCtx.waitUntil(work),
        );
  recordDelivery(c.env, found, request, response, Math.random());
  if (delivery.trace != null) writeTrace(response.headers, delivery, delivery.trace, found, originMs);
  return response;
}

/** Fetches from the origin; an object worth keeping is read into memory whole, for this request and the next. */
async function takeFromOrigin(
  c: Context<{ Bindings: Env }>,
  path: string,
  delivery: Delivery,
  now: number,
): Promise<{ object: CachedObject; tier: Tier } | { origin: Response; tier: Tier }> {
  const request = c.req.raw;
  // Texts are always taken whole: ranges are of the plain form, and only compressing tells the length of the gzip form.
  const method = request.method === "HEAD" && !delivery.compressible ? "HEAD" : "GET";
  const range = delivery.compressible ? null : rangeForOrigin(request);
  const entrypoint: Pick<Fetcher, "fetch"> = c.executionCtx.exports.Origin;
  const changesAt = delivery.changesAt ?? null;
  const origin = await fetchOrigin(entrypoint, path, { method, range, changesAt });
  const tier = tierOf(origin);
  const length = Number(origin.headers.get("Content-Length") ?? Number.NaN);
  if (method === "HEAD" || origin.status !== 200 || Number.isNaN(length)) return { origin, tier };
  const etag = etagOf(origin);
  const until = freshUntil(origin.headers, now);
  if (!memory.reserve(path, length)) {
    if (!delivery.compressible) return { origin, tier };
    return {
      object: { bytes: await whole(origin, path, length), etag, freshUntil: until, gzip: null },
      tier,
    };
  }
  try {
    const bytes = await whole(origin, path, length);
    const object = { bytes, etag, freshUntil: until, gzip: null };
    memory.put(path, object);
    return { object, tier };
  } catch (error) {
    memory.giveUp(length);
    throw error;
  }
}

/** @throws Problem 503 `origin_unavailable` when the origin broke off. */
async function whole(origin: Response, path: string, length: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const bytes = new Uint8Array(await origin.arrayBuffer());
    if (bytes.byteLength === length) return bytes;
    throw new Error(`${bytes.byteLength} of ${length} bytes`);
  } catch (error) {
    console.error("origin broke off", path, error);
    throw originUnavailable();
  }
}

async function zipped(path: string, object: CachedObject): Promise<Uint8Array<ArrayBuffer>> {
  if (object.gzip !== null) return object.gzip;
  const stream = new Response(object.bytes).body?.pipeThrough(new CompressionStream("gzip")) ?? null;
  const gzip = new Uint8Array(await new Response(stream).arrayBuffer());
  memory.putGzip(path, object, gzip);
  return gzip;
}

function tierOf(origin: Response): Tier {
  const status = origin.headers.get("Cf-Cache-Status") ?? "";
  return ["HIT", "STALE", "UPDATING", "REVALIDATED"].includes(status) ? "edge" : "origin";
}
