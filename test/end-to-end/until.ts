import { setTimeout as wait } from "node:timers/promises";

/** Pause between two looks at a state, milliseconds. */
const pollMs = 100;

/** Waits for a state: asks `look` until it answers something else than null, false or undefined. @returns that. */
export async function until<T>(look: () => Promise<T | null | false | undefined>): Promise<T> {
  for (;;) {
    const seen = await look();
    if (seen !== null && seen !== false && seen !== undefined) return seen;
    await wait(pollMs);
  }
}
