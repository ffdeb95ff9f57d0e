/**
 * The tail of an upload: the bytes after its last full part, kept as a few objects beside it. A request adds a piece and rewrites
 * none of the others, so that a part of 22 MiB can come in any number of requests.
 */
import { z } from "zod";
import type { HeldBytes } from "./body-memory.ts";

/** One object of a tail. */
export const tailPiece = z.object({
  /** The end of its key: the writer's number, so that an overtaken one can't change a newer one's, and the offset it ends at. */
  name: z.string(),
  bytes: z.number(),
});
/** See {@link tailPiece}. */
export type TailPiece = z.infer<typeof tailPiece>;

/** A last piece that is smaller is written anew together with what follows it, so that there are never many. Bytes. */
export const smallPieceBytes = 256 * 1024;

/** A piece is gone, or is not what its row says: the upload has to go back to its last full part. */
export class TailLost extends Error {}

/** The prefix of all pieces of an upload. */
export function tailPrefix(uploadId: string): string {
  return `tails/${uploadId}/`;
}

/** The keys of an upload's pieces. */
export function tailKeys(uploadId: string, pieces: readonly TailPiece[]): string[] {
  return pieces.map(({ name }) => tailPrefix(uploadId) + name);
}

/** The pieces as the row keeps them. */
export function piecesOf(upload: { tail: unknown }): TailPiece[] {
  return z.array(tailPiece).parse(upload.tail);
}

/**
 * Hands pieces, and then bytes that are held, to `store` as one stream of known length; at no time are they all in memory.
 * @returns what `store` returns
 * @throws TailLost; else what `store` or the bucket throws
 */
export async function storeJoined<T>(
  bucket: R2Bucket,
  keys: readonly string[],
  pieces: readonly TailPiece[],
  held: Pick<HeldBytes, "segments" | "bytes">,
  store: (body: ReadableStream) => Promise<T>,
): Promise<T> {
  const before = pieces.reduce((sum, { bytes }) => sum + bytes, 0);
  const { readable, writable } = new FixedLengthStream(before + held.bytes);
  const filling = fill(bucket, keys, pieces, held, writable);
  const storing = store(readable).catch(async (error: unknown) => {
    await readable.cancel(error).catch(() => undefined); // nobody reads any more, so filling must not wait for it
    throw error;
  });
  const [stored, filled] = await Promise.allSettled([storing, filling]);
  // The cause comes first: a stream that breaks off fails whoever reads it.
  if (filled.status === "rejected" && filled.reason instanceof TailLost) throw filled.reason;
  if (stored.status === "rejected") throw stored.reason;
  if (filled.status === "rejected") throw filled.reason;
  return stored.value;
}

async function fill(
  bucket: R2Bucket,
  keys: readonly string[],
  pieces: readonly TailPiece[],
  held: Pick<HeldBytes, "segments">,
  writable: WritableStream<Uint8Array>,
): Promise<void> {
  try {
    for (const [n, key] of keys.entries()) {
      const object = await bucket.get(key);
      if (object === null || object.size !== pieces[n]?.bytes) throw new TailLost(key);
      await object.body.pipeTo(writable, { preventClose: true });
    }
  } catch (error) {
    await writable.abort(error).catch(() => undefined); // a broken pipe has done it already
    throw error;
  }
  // A writer that fails is refused because its reader failed, so there is nobody to tell.
  const writer = writable.getWriter();
  for (const segment of held.segments()) await writer.write(segment);
  await writer.close();
}
