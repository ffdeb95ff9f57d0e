/**
 * The cache before the origin where there is no Workers Cache: on a laptop and in tests. Like that one, it makes requests for
 * a cold object wait while one of them reads it.
 */

/** Longest that a request waits for another one's read, which may have ended with its viewer. Milliseconds. */
const patienceMs = 5000;

/** Pause between a waiting request's looks, ms. (Another request's promise won't do: it may end with that request.) */
const lookMs = 5;

/** Reads under way in this isolate, by URL. They end when the object is in the cache, or can't get there. */
const underway = new Map<string, symbol>();

/**
 * Answers a GET or HEAD from the Cache API, or by `read`, whose answer is put there when its headers allow it.
 * `waitUntil` keeps the putting alive.
 */
export async function throughCacheApi(
  request: Request,
  waitUntil: (work: Promise<unknown>) => void,
  read: () => Promise<Response>,
): Promise<Response> {
  const { url, method } = request;
  const stored = await caches.default.match(url);
  if (stored !== undefined) return method === "HEAD" ? new Response(null, stored) : stored;
  if (method === "HEAD") return await read();
  const other = underway.get(url);
  if (other !== undefined) {
    const deadline = Date.now() + patienceMs;
    while (underway.get(url) === other && Date.now() < deadline) await scheduler.wait(lookMs);
    return (await caches.default.match(url)) ?? (await read());
  }
  const own = Symbol(url);
  underway.set(url, own);
  const end = () => {
    if (underway.get(url) === own) underway.delete(url);
  };
  try {
    const response = await read();
    if (!response.ok || /no-store/.test(response.headers.get("Cache-Control") ?? "")) {
      end();
      return response;
    }
    // Whole, some megabytes at most: of a body in two branches the one for the cache would wait for the viewer's.
    const bytes = await response.arrayBuffer();
    const put = caches.default.put(url, new Response(bytes, response));
    waitUntil(put.catch((error: unknown) => console.error("cache put", url, error)).finally(end));
    return new Response(bytes, response);
  } catch (error) {
    end();
    throw error;
  }
}
