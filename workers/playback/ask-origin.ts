/** Asks the cached origin, with a request that holds nothing of the viewer: no token, no country, no header of theirs. */
import { Problem } from "../http/problem.ts";

/**
 * Fetches a path of `Origin` through its loopback, where its cache stands. A `range` lets the cache slice; it may also answer with everything.
 * @throws Problem 404 `media_not_found`, 503 `origin_unavailable`.
 */
export async function askOrigin(
  origin: Pick<Fetcher, "fetch">,
  path: string,
  options: { method: "GET" | "HEAD"; range: string | null },
): Promise<Response> {
  const headers: HeadersInit = options.range === null ? {} : { Range: options.range };
  const request = new Request(`http://origin${path}`, { method: options.method, headers });
  const response = await origin.fetch(request).catch((error: unknown) => {
    console.error("origin failed", path, error);
    return null;
  });
  if (response?.status === 404) {
    await response.body?.cancel();
    throw new Problem(404, "media_not_found", "This file does not exist. Start from the playback URL again.");
  }
  if (response === null || response.status >= 500) {
    await response?.body?.cancel();
    throw new Problem(
      503,
      "origin_unavailable",
      "The film could not be read just now. Try again in a moment.",
      {
        headers: { "Retry-After": "1" },
      },
    );
  }
  return response;
}
