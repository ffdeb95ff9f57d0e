/** What requests cost the isolate and the bucket while they bring bytes, and how many a producer may have. */
import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, expect, test } from "vitest";
import { noise } from "../../test/support/random.ts";
import {
  createTestUpload,
  idOf,
  offsetOf,
  patch,
  quietEnv,
  sameBytes,
  sourceOf,
  stalling,
  streamOf,
  tusClient,
} from "../../test/support/tus-client.ts";
import { openDatabase } from "../catalog/database.ts";
import { producers, uploads } from "../catalog/schema.ts";
import { patchLeaseMs, readShare } from "../catalog/usage.ts";
import { acceptBytes } from "./accept-bytes.ts";
import { bodyMemory, isolateBytes, leastHeldBytes, mostHeldBytes, segmentBytes } from "./body-memory.ts";
import { ingestLimits } from "./ingest-limits.ts";
import { findUpload } from "./upload-row.ts";

const db = openDatabase(env);
const mebibyte = 1024 * 1024;

/** Bindings whose bucket notes the sizes of the objects that are put. */
function notingPuts(): { bindings: Env; sizes: number[] } {
  const sizes: number[] = [];
  const SOURCES = new Proxy(env.SOURCES, {
    get: (bucket, name) => {
      const value: unknown = Reflect.get(bucket, name, bucket);
      if (typeof value !== "function") return value;
      if (name !== "put") return value.bind(bucket);
      return async (...args: unknown[]) => {
        const object: R2Object = await value.apply(bucket, args);
        sizes.push(object.size);
        return object;
      };
    },
  });
  return { bindings: { ...quietEnv, SOURCES }, sizes };
}

test("a byte at a time rewrites a small piece of the tail, never the tail", { timeout: 60_000 }, async () => {
  const { bindings, sizes } = notingPuts();
  const { send } = await tusClient(bindings);
  const source = noise(12 * mebibyte + 20, 1);
  const path = await createTestUpload(send, null); // its parts have 22 MiB and more
  expect((await patch(send, path, 0, streamOf(source.slice(0, 12 * mebibyte), 400_000))).status).toBe(204);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(mostHeldBytes);
  sizes.length = 0;
  for (let n = 0; n < 20; n++) {
    const at = 12 * mebibyte + n;
    expect((await patch(send, path, at, source.slice(at, at + 1))).status).toBe(204);
  }
  expect(sizes).toHaveLength(20);
  expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(20 * 256 * 1024);
  const last = await patch(send, path, source.byteLength, null, {
    "Upload-Length": String(source.byteLength),
  });
  expect(last.status).toBe(204);
  expect(sameBytes(await sourceOf(path), source)).toBe(true);
  expect((await env.SOURCES.list({ prefix: `tails/${idOf(path)}` })).objects).toEqual([]);
});

test("where other requests hold all memory, bytes go to the bucket in smaller pieces", async () => {
  const { bindings, sizes } = notingPuts();
  const { send } = await tusClient(bindings);
  const source = noise(2 * mebibyte, 2);
  const path = await createTestUpload(send, source.byteLength);
  bodyMemory.force(1024 * mebibyte);
  try {
    expect((await patch(send, path, 0, streamOf(source, 100_000))).status).toBe(204);
  } finally {
    bodyMemory.give(1024 * mebibyte);
  }
  expect(sizes.length).toBeGreaterThanOrEqual(6);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(leastHeldBytes + segmentBytes);
  expect(sameBytes(await sourceOf(path), source)).toBe(true);
});

afterEach(() => {
  // Everything that was held has been given back.
  expect(bodyMemory.take(isolateBytes)).toBe(true);
  bodyMemory.give(isolateBytes);
});

test("a producer has a few requests at a time that bring bytes; one more is told to wait", async () => {
  const { send, producerId } = await tusClient();
  await db
    .update(producers)
    .set({ quotas: { running_patches: 2 } })
    .where(eq(producers.id, producerId));
  const bytes = noise(10, 3);
  const held = [];
  for (let n = 0; n < 2; n++) {
    const path = await createTestUpload(send, 20);
    const slow = stalling(bytes);
    held.push({ path, release: slow.release, answer: patch(send, path, 0, slow.body) });
    await slow.stalled;
  }
  const third = await createTestUpload(send, 10);
  const refused = await patch(send, third, 0, bytes);
  expect(refused.status).toBe(429);
  expect(refused.headers.get("Retry-After")).toBe("5");
  expect(await refused.json()).toMatchObject({
    ...{ code: "too_many_running_patches", quota: "running_patches", limit: 2, used: 2 },
  });
  const created = await send("POST", "/", { "Upload-Length": "10" }, bytes);
  expect([created.status, created.headers.get("Upload-Offset")]).toEqual([201, "0"]);
  // An upload's newer request takes the place of its older one.
  expect((await patch(send, held[0]?.path ?? "", 0, bytes)).status).toBe(204);
  for (const { release, answer } of held) {
    release();
    await answer;
  }
  expect((await patch(send, third, 0, bytes)).status).toBe(204);
});

test("a request whose part the bucket did not take is not counted any more", async () => {
  const { send, producerId } = await tusClient();
  const path = await createTestUpload(send, 1000);
  const pipe = new FixedLengthStream(1000);
  const writer = pipe.writable.getWriter();
  const broken = patch(send, path, 0, pipe.readable, { "Content-Length": "1000" });
  await writer.write(noise(10, 6));
  await writer.abort(new Error("the connection broke"));
  expect((await broken).status).toBe(503);
  expect((await readShare(db, producerId, Date.now())).used.running_patches).toBe(0);
  expect((await patch(send, path, 0, noise(1000, 6))).status).toBe(204);
  expect(sameBytes(await sourceOf(path), noise(1000, 6))).toBe(true);
});

test("a request that died without a word is not counted for long", async () => {
  const { send, producerId } = await tusClient();
  await db
    .update(producers)
    .set({ quotas: { running_patches: 1 } })
    .where(eq(producers.id, producerId));
  const dead = await createTestUpload(send, 20);
  await db
    .update(uploads)
    .set({ writing: true })
    .where(eq(uploads.id, idOf(dead)));
  const other = await createTestUpload(send, 10);
  expect((await patch(send, other, 0, noise(10, 4))).status).toBe(429);
  await db
    .update(uploads)
    .set({ updatedAt: Date.now() - patchLeaseMs - 1 })
    .where(eq(uploads.id, idOf(dead)));
  expect((await patch(send, other, 0, noise(10, 4))).status).toBe(204);
});

test("a client that goes silent is not waited for, and what it sent is kept", async () => {
  const { send } = await tusClient();
  const path = await createTestUpload(send, 20);
  const upload = await findUpload(env, idOf(path));
  if (upload === null) throw new Error("no upload");
  const { body, release } = stalling(noise(10, 5));
  const limits = { ...ingestLimits(quietEnv), silenceMs: 20 };
  const request = { offset: 0, length: null, contentLength: null, body };
  const { refusal } = await acceptBytes(quietEnv, upload, request, limits, Date.now);
  release();
  expect(refusal).toMatchObject({ status: 503, code: "upload_interrupted" });
  expect(await offsetOf(send, path)).toBe(10);
});
