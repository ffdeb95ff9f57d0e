/**
 * A cache in the isolate's memory for the objects that its viewers request most: a hit costs no subrequest at all. It is read
 * after the gateway has decided, by the origin's path, so it depends as little on the viewer as the edge's cache does.
 */
import { BoundedMap } from "../../shared/bounded-map.ts";

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

/** Bytes that all objects of an isolate may take together: a fifth of its 128 MB. */
const capacityBytes = 24 * 1024 * 1024;

/** The largest object that is kept: a segment of 6 s at 5.6 Mbit/s. Bytes. */
const largestBytes = 4 * 1024 * 1024;

/** Kept at the first request already: playlists and init segments cost next to nothing. Bytes. */
const smallBytes = 64 * 1024;

/** Most bytes that are being read for the cache at one moment; objects beyond are streamed past it. */
const readingBytes = 16 * 1024 * 1024;

/** Paths remembered after their first request. */
const rememberedPaths = 4096;

/** One isolate's cache: the objects requested last stay. */
export class MemoryCache {
  readonly #objects = new Map<string, CachedObject>();
  readonly #askedOnce = new BoundedMap<string, true>(rememberedPaths);
  #bytes = 0;
  #reading = 0;

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
    if (bytes > largestBytes || this.#reading + bytes > readingBytes) return false;
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
      if (this.#bytes <= capacityBytes) return;
      this.#objects.delete(path);
      this.#bytes -= sizeOf(object);
    }
  }
}

function sizeOf({ bytes, gzip }: CachedObject): number {
  return bytes.byteLength + (gzip?.byteLength ?? 0);
}
