/** Asks the cached origin, with a request that holds nothing of the viewer: no token, no country, no header of theirs. */
import { Problem } from "../../http/problem.ts";

/** Tells the origin until when its answer may be kept (Unix ms). Caches don't look at it: it is no part of any key. */
export const changesAtHeader = "Marquee-Changes-At";

/** What is asked of the origin. */
export interface OriginRequest {
  method: "GET" | "HEAD";
  /** Lets the cache slice; it may also answer with everything. */
  range: string | null;
  /** When the rules that led here next change, Unix ms; null: never. */
  changesAt: number | null;
}

/**
 * Fetches a path of `Origin` through its loopback, where its cache stands.
 * @throws Problem 404 `media_not_found`, 503 `origin_unavailable`.
 */
export async function fetchOrigin(
  origin: Pick<Fetcher, "fetch">,
  path: string,
  { method, range, changesAt }: OriginRequest,
): Promise<Response> {
  const headers: Record<string, string> = {};
  if (range !== null) headers.Range = range;
  if (changesAt !== null) headers[changesAtHeader] = String(changesAt);
  const request = new Request(`http://origin${path}`, { method, headers });
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
    throw originUnavailable();
  }
  return response;
}

/** The origin can't be read now; players try again. */
export function originUnavailable(): Problem {
  return new Problem(
    503,
    "origin_unavailable",
    "The film could not be read just now. Try again in a moment.",
    { headers: { "Retry-After": "1" } },
  );
}
