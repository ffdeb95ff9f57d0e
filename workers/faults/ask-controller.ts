/**
 * Who says which calls fail: the controller of `npm run test:faults`, a server on this machine. Where it can't be
 * reached nothing fails, so a leftover of a run is harmless.
 */

import { z } from "zod";
import { fetchWithin } from "../shared/fetch-within.ts";

/** Calls that may fail: a queue message, a put into R2, a write to D1, a read of a source. */
export type FaultPoint = "message" | "put" | "write" | "read";

/** Longest wait for the controller, ms: it is a process on this machine, and whoever asks it holds a call up. */
const controllerMs = 2000;

/** Longest that an answer about the weather counts, ms: every call would ask. */
const weatherMs = 200;

/** Fate of a call; null: nothing out of the ordinary. `what` names it in the controller's log. */
export type Ask = (point: FaultPoint, what: string) => Promise<string | null>;

/**
 * The weather of a bad day. Database: `unreachable` and `full` (no write, as at its size's limit), `read-only`, `slow` (no answer until it
 * ends). Buckets: `failing` (each call is a 500), `slow` (each takes seconds).
 */
const weatherSchema = z.object({
  database: z.enum(["well", "unreachable", "read-only", "full", "slow"]),
  buckets: z.enum(["well", "failing", "slow"]),
});
/** See {@link weatherSchema}. */
export type Weather = z.infer<typeof weatherSchema>;

/** The weather when nobody makes any. */
export const fairWeather: Weather = { database: "well", buckets: "well" };

/** Asks for the weather. */
export function askWeather(controller: string): () => Promise<Weather> {
  let known = { weather: fairWeather, until: 0 };
  return async () => {
    if (Date.now() < known.until) return known.weather;
    const response = await fetchWithin(controllerMs, `${controller}/weather`).catch(() => null);
    const parsed = weatherSchema.safeParse(await response?.json().catch(() => null));
    known = { weather: parsed.data ?? fairWeather, until: Date.now() + weatherMs };
    return known.weather;
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
