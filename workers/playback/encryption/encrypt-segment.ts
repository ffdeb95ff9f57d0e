/** Whole-segment encryption of HLS: AES-128 in CBC mode with PKCS7 padding (RFC 8216 §4.3.2.4, §5.2). */
import { createCipheriv } from "node:crypto";

/** Bytes of an AES block, and of an initialization vector. */
const blockBytes = 16;

/** The length of the ciphertext of `bytes`: padding fills the last block, or is one more. */
export function encryptedBytes(bytes: number): number {
  return (Math.floor(bytes / blockBytes) + 1) * blockBytes;
}

/** The initialization vector that players use when the playlist names none: the media sequence number (RFC 8216 §5.2). */
export function sequenceIv(mediaSequence: number): Uint8Array<ArrayBuffer> {
  const iv = new Uint8Array(blockBytes);
  new DataView(iv.buffer).setBigUint64(blockBytes - 8, BigInt(mediaSequence));
  return iv;
}

/** A stream that encrypts one segment as it passes; of a film's largest segment it holds a few kilobytes only. */
export function encryptingStream(
  key: Uint8Array,
  mediaSequence: number,
): TransformStream<Uint8Array, Uint8Array> {
  const cipher = createCipheriv("aes-128-cbc", key, sequenceIv(mediaSequence));
  const pass = (bytes: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void => {
    if (bytes.byteLength > 0) controller.enqueue(bytes);
  };
  return new TransformStream({
    transform: (chunk, controller) => pass(cipher.update(chunk), controller),
    flush: (controller) => pass(cipher.final(), controller),
  });
}
