/**
 * A shelf in the isolate for what its viewers ask for again and again: an object on it costs no subrequest at all. It is
 * asked after the gateway has decided, under the origin's path, so it knows as little of the viewer as the cache does.
 */
import { BoundedMap } from "../../shared/bounded-map.ts";

/** A whole object, as the origin gave it. */
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
const shelfBytes = 24 * 1024 * 1024;

/** The largest object that is kept: a segment of 6 s at 5.6 Mbit/s. Bytes. */
const largestBytes = 4 * 1024 * 1024;

/** Kept at the first request already: playlists and init segments cost next to nothing. Bytes. */
const smallBytes = 64 * 1024;

/** Bytes that are being read for the shelf at one moment; whatever comes on top is streamed past it. */
const readingBytes = 16 * 1024 * 1024;

/** Paths of which we remember that they were asked for once. */
const rememberedPaths = 4096;

/** One isolate's shelf: the objects asked for last stay. */
export class MemoryCache {
  readonly #objects = new Map<string, CachedObject>();
  readonly #askedOnce = new BoundedMap<string, true>(rememberedPaths);
  #bytes = 0;
  #reading = 0;

  /** The object, if it is here and fresh at `now` (Unix ms). */
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
   * Reserves room for reading an object of this size into memory, or says that it is not worth it: larger ones have to
   * be asked for twice before they get a place. Whoever got it gives it back by {@link put} or {@link giveUp}.
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

  /** Gives back what {@link reserve} has reserved, when the object could not be read. */
  giveUp(bytes: number): void {
    this.#reading -= bytes;
  }

  /** Puts what was reserved on the shelf; the objects that were asked for longest ago make room. */
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
      if (this.#bytes <= shelfBytes) return;
      this.#objects.delete(path);
      this.#bytes -= sizeOf(object);
    }
  }
}

function sizeOf({ bytes, gzip }: CachedObject): number {
  return bytes.byteLength + (gzip?.byteLength ?? 0);
}
