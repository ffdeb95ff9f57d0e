/** Fetches from the cached origin, with a request that carries nothing of the viewer: no token, no country, no header. */
import { Problem } from "../../http/problem.ts";
import { headWithin } from "../../shared/fetch-within.ts";

/** Longest wait for the head of an answer, ms: R2 answers in a fraction of a second, and players ask again. */
const headMs = 15_000;

/** The header that tells the origin how long its answer may be kept (Unix ms). It is no part of any cache's key. */
export const changesAtHeader = "Marquee-Changes-At";

/** A request to the origin. */
export interface OriginRequest {
  method: "GET" | "HEAD";
  /** The range to give; the cache may also answer with the whole. */
  range: string | null;
  /** The next change of the rules that led here, Unix ms; null: never. */
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
  const asked = headWithin(headMs, (signal) => origin.fetch(request, { signal }));
  const response = await asked.catch((error: unknown) => {
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

/** The refusal while the origin can't be read; players try again. */
export function originUnavailable(): Problem {
  return new Problem(
    503,
    "origin_unavailable",
    "The film could not be read just now. Try again in a moment.",
    { headers: { "Retry-After": "1" } },
  );
}
