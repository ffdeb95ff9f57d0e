/**
 * A model of Workers Cache: a cache at each location, larger ones behind them (each location asks one of these), and the
 * origin behind those. Bounded by bytes, the object used longest ago goes first; lifetimes as `Cache-Control` says them.
 */

/** The source of an answer. `stale`: a location or an upper tier, while it fetched a fresh copy. */
export type Answerer = "location" | "upper" | "origin";

/** An object as the origin would answer it. */
export interface Answer {
  bytes: number;
  /** Seconds; infinite for what never changes. */
  freshSeconds: number;
  staleSeconds: number;
}

interface Copy {
  bytes: number;
  freshUntil: number;
  staleUntil: number;
}

class LruCache {
  readonly #copies = new Map<string, Copy>();
  readonly #capacity: number;
  #bytes = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string, now: number): Copy | null {
    const copy = this.#copies.get(key);
    if (copy === undefined) return null;
    this.#copies.delete(key);
    if (now >= copy.staleUntil) {
      this.#bytes -= copy.bytes;
      return null;
    }
    this.#copies.set(key, copy);
    return copy;
  }

  put(key: string, { bytes, freshSeconds, staleSeconds }: Answer, now: number): void {
    const before = this.#copies.get(key);
    if (before !== undefined) this.#bytes -= before.bytes;
    this.#copies.delete(key);
    if (freshSeconds <= 0) return;
    const freshUntil = now + freshSeconds;
    this.#copies.set(key, { bytes, freshUntil, staleUntil: freshUntil + staleSeconds });
    this.#bytes += bytes;
    for (const [oldest, copy] of this.#copies) {
      if (this.#bytes <= this.#capacity) return;
      this.#copies.delete(oldest);
      this.#bytes -= copy.bytes;
    }
  }
}

/** The size of the network. */
export interface Network {
  locations: number;
  upperTiers: number;
  locationBytes: number;
  upperBytes: number;
}

/** See the file's comment. */
export class TieredCache {
  readonly #locations: LruCache[];
  readonly #uppers: LruCache[];

  constructor({ locations, upperTiers, locationBytes, upperBytes }: Network) {
    this.#locations = Array.from({ length: locations }, () => new LruCache(locationBytes));
    this.#uppers = Array.from({ length: upperTiers }, () => new LruCache(upperBytes));
  }

  /** Asks for `key` at a location, at `now` (seconds). A stale copy answers, and is fetched anew behind the viewer's back. */
  ask(key: string, location: number, now: number, origin: () => Answer): Answerer {
    const near = this.#locations[location % this.#locations.length];
    const far = this.#uppers[location % this.#uppers.length];
    if (near === undefined || far === undefined) throw new Error("a network has locations and upper tiers");
    const copy = near.get(key, now);
    if (copy !== null && now < copy.freshUntil) return "location";
    const above = far.get(key, now);
    const isAbove = above !== null && now < above.freshUntil;
    const answer = origin();
    if (isAbove) near.put(key, { ...answer, freshSeconds: above.freshUntil - now }, now);
    else {
      far.put(key, answer, now);
      near.put(key, answer, now);
    }
    if (copy !== null) return "location";
    return isAbove || above !== null ? "upper" : "origin";
  }
}
