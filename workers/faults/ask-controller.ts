/**
 * Who says which calls fail: the controller of `npm run test:faults`, a server on this machine. Where it can't be
 * reached nothing fails, so a leftover of a run is harmless.
 */

import { fetchWithin } from "../shared/fetch-within.ts";

/** Calls that may fail: a queue message, a put into R2, a write to D1, a read of a source. */
export type FaultPoint = "message" | "put" | "write" | "read";

/** Longest wait for the controller, ms: it is a process on this machine, and whoever asks it holds a call up. */
const controllerMs = 2000;

/** Longest that an answer about the whole database counts, ms: every call to it would ask. */
const reachableMs = 200;

/** Fate of a call; null: nothing out of the ordinary. `what` names it in the controller's log. */
export type Ask = (point: FaultPoint, what: string) => Promise<string | null>;

/** Asks whether the database can be reached at all. */
export function askReachable(controller: string): () => Promise<boolean> {
  let known = { isReachable: true, until: 0 };
  return async () => {
    if (Date.now() < known.until) return known.isReachable;
    const response = await fetchWithin(controllerMs, `${controller}/database`).catch(() => null);
    const isReachable = (await response?.text().catch(() => "")) !== "unreachable";
    known = { isReachable, until: Date.now() + reachableMs };
    return isReachable;
  };
}

/** Asks at `controller`, a URL. */
export function askController(controller: string): Ask {
  return async (point, what) => {
    try {
      const response = await fetchWithin(
        controllerMs,
        `${controller}/${point}?what=${encodeURIComponent(what.slice(0, 200))}`,
      );
      return response.ok ? (await response.text()) || null : null;
    } catch {
      return null;
    }
  };
}

/** The error of a call that was made to fail. */
export class InjectedFault extends Error {}
