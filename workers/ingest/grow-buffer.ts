/** A part's buffer begins with this many bytes. */
export const firstBufferBytes = 1024 * 1024;

/**
 * A larger buffer with the same bytes in front: twice as large, and never more than `capacity` bytes. So a request holds
 * about what it has sent, and one that opens a part and sends nothing holds next to nothing: many requests
 * share the 128 MB of an isolate.
 */
export function growBuffer(buffer: Uint8Array, capacity: number): Uint8Array {
  const grown = new Uint8Array(Math.min(capacity, Math.max(firstBufferBytes, 2 * buffer.byteLength)));
  grown.set(buffer);
  return grown;
}
