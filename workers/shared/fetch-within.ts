/**
 * The one way in which the Worker, its pages and the scripts ask other servers: with a deadline, because a server may take the
 * connection and never say a word. `npm run check` refuses a bare `fetch`.
 */
import { withTimeout } from "./with-timeout.ts";

/**
 * Fetches head and body within `ms` milliseconds; a body that takes longer breaks off.
 * @throws DOMException `TimeoutError`; what `fetch` throws; the reason of `init.signal`
 */
export async function fetchWithin(
  ms: number,
  input: string | URL,
  init: RequestInit = {},
): Promise<Response> {
  const limit = AbortSignal.timeout(ms);
  return await fetch(input, { ...init, signal: init.signal ? AbortSignal.any([init.signal, limit]) : limit });
}

/**
 * Waits for the head of an answer no longer than `ms` milliseconds. Its body may take its time: who reads it sets a limit.
 * @param ask sends the request with the signal that ends it
 * @throws Error also where `ask` does not heed its signal; what `ask` throws
 */
export async function headWithin(
  ms: number,
  ask: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  const given = new AbortController();
  try {
    return await withTimeout("the server", ms, () => ask(given.signal));
  } catch (error) {
    given.abort(error);
    throw error;
  }
}

/** {@link headWithin} of a `fetch`. @throws as that; what `fetch` throws */
export async function fetchHeadWithin(
  ms: number,
  input: string | URL,
  init: RequestInit = {},
): Promise<Response> {
  return await headWithin(ms, (signal) => fetch(input, { ...init, signal }));
}
