/**
 * The memory of an isolate that request bodies may take. An isolate has 128 MB for everything; docs/architecture.md says how they
 * are shared out. How many requests meet in one isolate is Cloudflare's choice, so no request may rely on being alone.
 */

const mebibyte = 1024 * 1024;

/** Bytes that all bodies of an isolate may hold together. */
export const isolateBytes = 16 * mebibyte;

/** Most bytes that one request holds: R2's smallest part, so that an upload in parts of that size is stored only once. */
export const mostHeldBytes = 5 * mebibyte;

/** Bytes that a request may hold whatever the others hold: a smaller piece would not be worth an object. */
export const leastHeldBytes = mebibyte / 4;

/** Bytes of one segment of memory, and of one read. */
export const segmentBytes = 64 * 1024;

/** Bytes that several take from one allowance. */
export class MemoryBudget {
  readonly #total: number;
  #taken = 0;

  /** @param total bytes */
  constructor(total: number) {
    this.#total = total;
  }

  /** Takes bytes, if so many are left. */
  take(bytes: number): boolean {
    if (this.#taken + bytes > this.#total) return false;
    this.#taken += bytes;
    return true;
  }

  /** Takes bytes in any case. */
  force(bytes: number): void {
    this.#taken += bytes;
  }

  /** Gives bytes back. */
  give(bytes: number): void {
    this.#taken -= bytes;
  }
}

/** This isolate's budget for bodies. */
export const bodyMemory = new MemoryBudget(isolateBytes);

/**
 * Bytes of one request that are not stored yet: in segments, so that they are neither copied to grow nor held twice. Whoever
 * makes one calls {@link HeldBytes.clear} in the end.
 */
export class HeldBytes {
  readonly #budget: MemoryBudget;
  #segments: Uint8Array[] = [];
  #bytes = 0;

  /** @param budget where its memory comes from */
  constructor(budget: MemoryBudget = bodyMemory) {
    this.#budget = budget;
  }

  /** Bytes that it holds. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Makes room for so many more bytes, at most a segment's. @returns false when what is there must be stored before */
  reserve(bytes: number): boolean {
    const wanted = this.#bytes + bytes;
    if (wanted > mostHeldBytes) return false;
    while (this.#segments.length * segmentBytes < wanted) {
      if (this.#bytes < leastHeldBytes) this.#budget.force(segmentBytes);
      else if (!this.#budget.take(segmentBytes)) return false;
      this.#segments.push(new Uint8Array(segmentBytes));
    }
    return true;
  }

  /** Adds bytes, for which room was made. */
  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.byteLength; ) {
      const segment = this.#segments[Math.floor(this.#bytes / segmentBytes)];
      if (segment === undefined) throw new Error("no room was made for these bytes");
      const from = this.#bytes % segmentBytes;
      const some = bytes.subarray(at, at + segmentBytes - from);
      segment.set(some, from);
      this.#bytes += some.byteLength;
      at += some.byteLength;
    }
  }

  /** All bytes in order, without copies. */
  *segments(): Generator<Uint8Array> {
    for (let at = 0; at < this.#bytes; at += segmentBytes) {
      const segment = this.#segments[at / segmentBytes];
      if (segment !== undefined) yield segment.subarray(0, this.#bytes - at);
    }
  }

  /** Lets go of everything. */
  clear(): void {
    this.#budget.give(this.#segments.length * segmentBytes);
    this.#segments = [];
    this.#bytes = 0;
  }
}
