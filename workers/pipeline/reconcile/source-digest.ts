/** The SHA-256 of a source, in pieces: no run of a Worker can read the longest films at once. */

/** Up to this size a source's digest is plain SHA-256; a longer one's is the SHA-256 of its pieces' SHA-256s. */
export const pieceBytes = 1024 ** 3;

/** The range of a source's piece; null behind its end. */
export function pieceAt(
  bytes: number,
  piece: number,
  size = pieceBytes,
): { offset: number; length: number } | null {
  const offset = piece * size;
  if (offset >= bytes && piece > 0) return null;
  return { offset, length: Math.min(size, bytes - offset) };
}

/** The SHA-256 (hex) of a range of an object, streamed: 1.6 ms of processor a MiB. Null when there is no such object. */
export async function digestRange(
  bucket: R2Bucket,
  key: string,
  range: { offset: number; length: number },
): Promise<string | null> {
  // R2 knows no empty ranges.
  const object = range.length === 0 ? await bucket.get(key) : await bucket.get(key, { range });
  if (object === null) return null;
  const stream = new crypto.DigestStream("SHA-256");
  await object.body.pipeTo(stream);
  if (Number(stream.bytesWritten) !== range.length) throw new Error(`${key} is shorter than it was`);
  return new Uint8Array(await stream.digest).toHex();
}

/** The source's digest (hex) from those of all its pieces (hex), in order. */
export async function joinDigests(pieces: readonly string[]): Promise<string> {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const joined = Uint8Array.fromHex(pieces.join(""));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined)).toHex();
}
