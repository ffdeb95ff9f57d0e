import { createDecipheriv } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encryptedBytes, encryptingStream, sequenceIv } from "./encrypt-segment.ts";

const key = new Uint8Array(16).map((_, n) => n * 7);

/** Encrypts bytes that come in pieces of these lengths (the rest in one). */
async function encrypt(bytes: Uint8Array, sequence: number, pieces: number[] = []): Promise<Buffer> {
  const source = new ReadableStream<Uint8Array>({
    start(controller) {
      let at = 0;
      for (const length of [...pieces, bytes.length]) {
        if (at >= bytes.length) break;
        controller.enqueue(bytes.slice(at, at + length));
        at += length;
      }
      controller.close();
    },
  });
  return Buffer.from(await new Response(source.pipeThrough(encryptingStream(key, sequence))).arrayBuffer());
}

test("whatever pieces a segment comes in, a player that follows the RFC gets it back, and the length was foretold", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat({ max: 99_999 }),
      fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 6 }),
      async (bytes, sequence, pieces) => {
        const sent = new Uint8Array(bytes);
        const secret = await encrypt(sent, sequence, pieces);
        // RFC 8216 §5.2: the sequence number as a big-endian number of 16 octets.
        const iv = Buffer.from(sequence.toString(16).padStart(32, "0"), "hex");
        const decipher = createDecipheriv("aes-128-cbc", key, iv);
        expect(Buffer.concat([decipher.update(secret), decipher.final()])).toEqual(Buffer.from(bytes));
        expect(secret.length).toBe(encryptedBytes(bytes.length));
      },
    ),
    { numRuns: 300 },
  );
});

test("the same segment is the same ciphertext each time, and another one at another number", async () => {
  const bytes = new TextEncoder().encode("a segment of some length, or other");
  expect(await encrypt(bytes, 3, [5])).toEqual(await encrypt(bytes, 3));
  expect(await encrypt(bytes, 4)).not.toEqual(await encrypt(bytes, 3));
});

test("a sequence number above 32 bits is written whole", () => {
  expect(Buffer.from(sequenceIv(2 ** 40 + 1)).toString("hex")).toBe("00000000000000000000010000000001");
});
