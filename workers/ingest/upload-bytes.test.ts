/** Whatever a client does with its bytes, the source object has exactly them. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import { expect, test } from "vitest";
import { noise } from "../../test/support/random.ts";
import {
  createTestUpload,
  idOf,
  offsetOf,
  partBytes,
  patch,
  quietEnv,
  sameBytes,
  sourceOf,
  stalling,
  streamOf,
  tusClient,
} from "../../test/support/tus-client.ts";
import { openDatabase } from "../catalog/database.ts";
import { uploadParts, uploads } from "../catalog/schema.ts";
import { piecesOf, tailKeys } from "./tail-pieces.ts";

const kinds = ["known", "chunked", "cut", "zombie"] as const;

test("random sizes, chunks, cuts and zombies end with equal bytes", { timeout: 120_000 }, async () => {
  // The largest upload is small, so that one whose length comes later has small parts too.
  const { send } = await tusClient({ ...quietEnv, MAX_UPLOAD_BYTES: String(1000 * partBytes) });
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 2.5 * partBytes }),
      fc.array(
        fc.record({
          kind: fc.constantFrom(...kinds),
          bytes: fc.oneof(
            fc.constant(partBytes),
            fc.integer({ min: 1, max: 1.5 * partBytes }),
            fc.integer({ min: 1, max: 1000 }),
          ),
          pieceBytes: fc.integer({ min: 1000, max: 400_000 }),
        }),
        { maxLength: 6 },
      ),
      fc.boolean(),
      async (length, steps, isDeferred) => {
        const source = noise(length, length);
        const path = await createTestUpload(send, isDeferred ? null : length);
        const zombies: { release: () => void; answer: Promise<Response> }[] = [];
        const releaseZombies = async () => {
          for (const { release, answer } of zombies.splice(0)) {
            release();
            expect((await answer).status).toBe(409);
          }
        };
        let offset = 0;
        for (const { kind, bytes, pieceBytes } of steps) {
          const body = source.slice(offset, offset + bytes);
          if (body.byteLength === 0) break;
          if (kind === "known") await patch(send, path, offset, body);
          if (kind === "chunked") await patch(send, path, offset, streamOf(body, pieceBytes));
          if (kind === "cut") await patch(send, path, offset, streamOf(body, pieceBytes, true));
          if (kind === "zombie") {
            const zombie = stalling(body);
            zombies.push({ release: zombie.release, answer: patch(send, path, offset, zombie.body) });
            await zombie.stalled;
          } else {
            await releaseZombies(); // overtaken by now
          }
          const next = await offsetOf(send, path);
          if (kind === "zombie") expect(next).toBeGreaterThanOrEqual(offset);
          else expect(next).toBe(offset + body.byteLength); // all kept: full parts, and the tail
          offset = next;
        }
        const last = await patch(send, path, offset, source.slice(offset), {
          "Upload-Length": String(length),
        });
        await releaseZombies();
        expect(last.status).toBe(204);
        expect(last.headers.get("Upload-Offset")).toBe(String(length));
        expect(last.headers.get("Marquee-Asset-Id")).toMatch(/^ast_/);
        expect(sameBytes(await sourceOf(path), source)).toBe(true);
        expect((await env.SOURCES.list({ prefix: `tails/${idOf(path)}` })).objects).toEqual([]);
      },
    ),
    { numRuns: 25 },
  );
});

test("a zombie that is still storing its part can't touch a newer one's", { timeout: 60_000 }, async () => {
  const { send } = await tusClient();
  const source = noise(2 * partBytes, 1);
  const other = noise(partBytes, 2); // what the zombie would write
  const path = await createTestUpload(send, source.byteLength);
  const pipe = new FixedLengthStream(partBytes);
  const writer = pipe.writable.getWriter();
  const zombie = patch(send, path, 0, pipe.readable, { "Content-Length": String(partBytes) });
  await writer.write(other.slice(0, 1000)); // R2 has taken its first bytes: the zombie has claimed

  expect((await patch(send, path, 0, source.slice(0, partBytes))).status).toBe(204);
  await writer.write(other.slice(1000));
  await writer.close();
  const answer = await zombie;
  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({ code: "offset_mismatch" });
  expect(answer.headers.get("Upload-Offset")).toBe(String(partBytes));

  const parts = await openDatabase(env)
    .select()
    .from(uploadParts)
    .where(eq(uploadParts.uploadId, idOf(path)));
  expect(parts.map((part) => part.partNumber)).toEqual([2]); // number 1 was the zombie's
  expect((await patch(send, path, partBytes, source.slice(partBytes))).status).toBe(204);
  expect(sameBytes(await sourceOf(path), source)).toBe(true);
});

test("a body that is exactly one part goes to R2 uncopied", async () => {
  const { send } = await tusClient();
  const source = noise(partBytes + 1234, 3);
  const path = await createTestUpload(send, source.byteLength);
  for (const [from, to] of [
    [0, partBytes],
    [partBytes, source.byteLength],
  ] as const) {
    const pipe = new FixedLengthStream(to - from);
    const writer = pipe.writable.getWriter();
    const sent = writer.write(source.slice(from, to)).then(() => writer.close());
    const response = await patch(send, path, from, pipe.readable, { "Content-Length": String(to - from) });
    expect(response.status).toBe(204);
    await sent;
  }
  expect(sameBytes(await sourceOf(path), source)).toBe(true);
});

test("an uncopied part that breaks off changes nothing, and the next PATCH takes another number", async () => {
  const { send } = await tusClient();
  const source = noise(partBytes, 4);
  const path = await createTestUpload(send, partBytes);
  const pipe = new FixedLengthStream(partBytes);
  const writer = pipe.writable.getWriter();
  const broken = patch(send, path, 0, pipe.readable, { "Content-Length": String(partBytes) });
  await writer.write(source.slice(0, 5000));
  await writer.abort(new Error("the connection broke"));
  expect((await broken).status).toBe(503);
  expect(await offsetOf(send, path)).toBe(0);
  expect((await patch(send, path, 0, source)).status).toBe(204);
  expect(sameBytes(await sourceOf(path), source)).toBe(true);
});

test("a body with more bytes than the upload is refused, and the upload can go on", async () => {
  const { send } = await tusClient();
  const source = noise(partBytes + 10, 5);
  const path = await createTestUpload(send, source.byteLength);
  const tooLong = noise(partBytes + 11, 5);
  expect((await patch(send, path, 0, tooLong)).status).toBe(400);
  expect(await offsetOf(send, path)).toBe(0);
  const chunked = await patch(send, path, 0, streamOf(tooLong, 100_000));
  expect(chunked.status).toBe(400);
  expect(await chunked.json()).toMatchObject({ code: "beyond_length" });
  expect(await offsetOf(send, path)).toBe(partBytes);
  expect((await patch(send, path, partBytes, source.slice(partBytes))).status).toBe(204);
  expect(sameBytes(await sourceOf(path), source)).toBe(true);
});

test("a chunked body over the limit is kept up to it", async () => {
  const { send } = await tusClient({ ...quietEnv, MAX_BODY_BYTES: "1000" });
  const source = noise(2500, 6);
  const path = await createTestUpload(send, source.byteLength);
  const refused = await patch(send, path, 0, streamOf(source, 300));
  expect(refused.status).toBe(413);
  expect(await refused.json()).toMatchObject({ code: "body_too_large", chunk_bytes: 1000 });
  expect(await offsetOf(send, path)).toBe(1000);
});

test("an upload whose tail is lost goes on from its last full part", async () => {
  const { send } = await tusClient();
  const source = noise(partBytes + 2000, 7);
  const path = await createTestUpload(send, source.byteLength);
  await patch(send, path, 0, source.slice(0, partBytes + 1000));
  const [row] = await openDatabase(env)
    .select()
    .from(uploads)
    .where(eq(uploads.id, idOf(path)));
  await env.SOURCES.delete(tailKeys(idOf(path), piecesOf(row ?? { tail: [] })));
  const refused = await patch(send, path, partBytes + 1000, source.slice(partBytes + 1000));
  expect(refused.status).toBe(409);
  expect(await offsetOf(send, path)).toBe(partBytes);
  expect((await patch(send, path, partBytes, source.slice(partBytes))).status).toBe(204);
  expect(sameBytes(await sourceOf(path), source)).toBe(true);
});
