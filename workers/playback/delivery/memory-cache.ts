/**
 * A cache in the isolate's memory for the objects that its viewers request most: a hit costs no subrequest at all. It is read
 * after the gateway has decided, by the origin's path, so it depends as little on the viewer as the edge's cache does.
 */
import { BoundedMap } from "../../shared/bounded-map.ts";
import { segmentSeconds, topKbps } from "../../shared/ladder-boxes.ts";

/** A whole object, as it came from the origin. */
export interface CachedObject {
  bytes: Uint8Array<ArrayBuffer>;
  /** Strong, with its quotes. */
  etag: string;
  /** Unix ms. */
  freshUntil: number;
  /** Made at the first request that takes it; only of texts. */
  gzip: Uint8Array<ArrayBuffer> | null;
}

/** The sizes of an isolate's cache, bytes. */
export interface CacheSizes {
  /** The largest object that is kept. */
  largest: number;
  /** What all objects may take together. */
  capacity: number;
  /** What may be read for the cache at one moment; objects beyond are streamed past it. */
  reading: number;
}

/** Memory of an isolate (Workers' limit), and the shares of it that the cache and what is read for it may take. Bytes. */
const isolateBytes = 128_000_000;
const mostOfIsolate = { capacity: 0.3, reading: 0.2 };

/** Segments of the top rung that the cache holds, and that are read at one moment, where an isolate has room for as many. */
const segments = { held: 6, read: 4 };

/**
 * The sizes for a ladder whose largest rung is capped at `topKbps`: a segment at that cap is kept. Larger ones (a cap is up to
 * 2.4 times as high for a film that needs it) come from the edge's cache each time.
 */
export function cacheSizes(topKbps: number): CacheSizes {
  const segment = (segmentSeconds * topKbps * 1000) / 8;
  const capacity = Math.min(segments.held * segment, mostOfIsolate.capacity * isolateBytes);
  const reading = Math.min(segments.read * segment, mostOfIsolate.reading * isolateBytes);
  return { largest: Math.min(segment, reading, capacity / 2), capacity, reading };
}

/** Kept at the first request already: playlists and init segments cost next to nothing. Bytes. */
const smallBytes = 64 * 1024;

/** Paths remembered after their first request. */
const rememberedPaths = 4096;

/** One isolate's cache: the objects requested last stay. */
export class MemoryCache {
  readonly #sizes: CacheSizes;
  readonly #objects = new Map<string, CachedObject>();
  readonly #askedOnce = new BoundedMap<string, true>(rememberedPaths);
  #bytes = 0;
  #reading = 0;

  constructor(sizes = cacheSizes(topKbps)) {
    this.#sizes = sizes;
  }

  /** The object, if it is cached and fresh at `now` (Unix ms). */
  get(path: string, now: number): CachedObject | null {
    const object = this.#objects.get(path);
    if (object === undefined) return null;
    this.#objects.delete(path);
    if (now >= object.freshUntil) {
      this.#bytes -= sizeOf(object);
      return null;
    }
    this.#objects.set(path, object); // as the newest
    return object;
  }

  /**
   * Reserves room for reading an object of this size into memory; false when it is not worth it: larger objects need a second
   * request before they get a place. The caller gives the room back by {@link put} or {@link giveUp}.
   */
  reserve(path: string, bytes: number): boolean {
    const { largest, reading } = this.#sizes;
    if (bytes > largest || this.#reading + bytes > reading) return false;
    if (bytes > smallBytes && !this.#askedOnce.has(path)) {
      this.#askedOnce.set(path, true);
      return false;
    }
    this.#reading += bytes;
    return true;
  }

  /** Gives back the room of {@link reserve}, when the object could not be read. */
  giveUp(bytes: number): void {
    this.#reading -= bytes;
  }

  /** Stores an object in its reserved room; the objects requested longest ago make way. */
  put(path: string, object: CachedObject): void {
    this.#reading -= object.bytes.byteLength;
    this.#askedOnce.delete(path);
    const before = this.#objects.get(path);
    if (before !== undefined) this.#bytes -= sizeOf(before);
    this.#objects.delete(path);
    this.#objects.set(path, object);
    this.#bytes += object.bytes.byteLength;
    this.#makeRoom();
  }

  /** Keeps an object's gzip form beside it. */
  putGzip(path: string, object: CachedObject, gzip: Uint8Array<ArrayBuffer>): void {
    if (object.gzip !== null) return;
    object.gzip = gzip;
    if (this.#objects.get(path) !== object) return;
    this.#bytes += gzip.byteLength;
    this.#makeRoom();
  }

  #makeRoom(): void {
    for (const [path, object] of this.#objects) {
      if (this.#bytes <= this.#sizes.capacity) return;
      this.#objects.delete(path);
      this.#bytes -= sizeOf(object);
    }
  }
}

function sizeOf({ bytes, gzip }: CachedObject): number {
  return bytes.byteLength + (gzip?.byteLength ?? 0);
}
