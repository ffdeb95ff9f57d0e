/**
 * One read for all who want the same thing at the same moment. A request that waits looks at the flight's state instead of
 * awaiting its promise: in Workers another request's promise may end with that request, and then it would wait for ever.
 */

/** Pause between a waiting request's looks, ms. */
const lookMs = 5;

/** Longest that a request waits for another one's read before it reads by itself, ms. */
const patienceMs = 3000;

interface Flight<T> {
  landed: { value: T } | { error: unknown } | null;
}

/** Runs at most one `act` for each key at a time in this isolate. */
export class SingleFlight<T> {
  readonly #flights = new Map<string, Flight<T>>();

  /** Checks whether somebody is at it. */
  isUnderway(key: string): boolean {
    return this.#flights.has(key);
  }

  /** The result of `act`, or of the one that is underway for this key. @throws what that one throws */
  async run(key: string, act: () => Promise<T>): Promise<T> {
    const other = this.#flights.get(key);
    if (other !== undefined) {
      for (let waited = 0; other.landed === null && waited < patienceMs; waited += lookMs) {
        await scheduler.wait(lookMs);
      }
      if (other.landed !== null) {
        if ("error" in other.landed) throw other.landed.error;
        return other.landed.value;
      }
    }
    const own: Flight<T> = { landed: null };
    this.#flights.set(key, own);
    try {
      const value = await act();
      own.landed = { value };
      return value;
    } catch (error) {
      own.landed = { error };
      throw error;
    } finally {
      if (this.#flights.get(key) === own) this.#flights.delete(key);
    }
  }
}
