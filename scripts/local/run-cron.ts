import { setTimeout as wait } from "node:timers/promises";

import { fetchWithin } from "../../workers/shared/fetch-within.ts";

/** A laptop recovers fast: the cloud's cron runs once a minute, this one every 5 s. */
const everyMs = 5_000;

/** Longest wait for one run, milliseconds: reading sources for their digests takes some seconds. */
const runMs = 120_000;

/**
 * Runs the Worker's cron again and again until `signal` aborts: `wrangler dev` does not fire it by itself.
 * A Worker that is down or restarting is asked again at the next turn.
 */
export async function runCron(url: string, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await wait(everyMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    await fetchWithin(runMs, `${url}/cdn-cgi/local/scheduled?cron=*+*+*+*+*`, { signal })
      .then((response) => response.arrayBuffer())
      .catch(() => undefined);
  }
}
