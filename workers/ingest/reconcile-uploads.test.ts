/** The cron finishes or ends uploads whose request or client died. */
import { env } from "cloudflare:workers";
import { asc, eq } from "drizzle-orm";
import { expect, test } from "vitest";
import { noise } from "../../test/support/random.ts";
import {
  createTestUpload,
  idOf,
  patch,
  quietEnv,
  type Send,
  sameBytes,
  sourceOf,
  tusClient,
} from "../../test/support/tus-client.ts";
import { openDatabase } from "../catalog/database.ts";
import { assets, uploadParts } from "../catalog/schema.ts";
import { adoptEpoch } from "../safety/epoch-stamp.ts";
import { HeldBytes } from "./body-memory.ts";
import { claimUpload } from "./claim-upload.ts";
import { expireUploads } from "./expire-uploads.ts";
import { reconcileUploads } from "./reconcile-uploads.ts";
import { storeTail, storeTailAsPart } from "./store-bytes.ts";
import { findUpload, type Upload } from "./upload-row.ts";

const later = () => Date.now() + 60_000;

/** An upload whose request died right after it recorded the last part. */
async function wholeUpload(send: Send, source: Uint8Array): Promise<{ path: string; upload: Upload }> {
  const path = await createTestUpload(send, source.byteLength);
  const claimed = await claimUpload(env, idOf(path), { offset: 0 }, Date.now());
  if (claimed === null) throw new Error("not claimed");
  return { path, upload: await storeTailAsPart(quietEnv, claimed, held(source), Date.now()) };
}

function held(bytes: Uint8Array): HeldBytes {
  const all = new HeldBytes();
  all.reserve(bytes.byteLength);
  all.add(bytes);
  return all;
}

async function assetOf(path: string) {
  return openDatabase(env)
    .select()
    .from(assets)
    .where(eq(assets.uploadId, idOf(path)))
    .get();
}

test("an upload that died before its object was completed becomes an asset", async () => {
  const { send } = await tusClient();
  const source = noise(5000, 1);
  const { path } = await wholeUpload(send, source);
  expect(await reconcileUploads(quietEnv, Date.now())).toBe(0); // its request may still be at it
  expect(await reconcileUploads(quietEnv, later())).toBe(1);
  expect(sameBytes(await sourceOf(path), source)).toBe(true);
  expect(await assetOf(path)).toMatchObject({ status: "waiting", sourceBytes: 5000 });
  expect(await (await send("GET", path)).json()).toMatchObject({ status: "asset_created" });
  expect(await reconcileUploads(quietEnv, later())).toBe(0);
});

test("an upload that died between completing its object and making the asset becomes one", async () => {
  const { send } = await tusClient();
  const { path, upload } = await wholeUpload(send, noise(5000, 2));
  const parts = await openDatabase(env)
    .select()
    .from(uploadParts)
    .where(eq(uploadParts.uploadId, upload.id))
    .orderBy(asc(uploadParts.partNumber));
  await env.SOURCES.resumeMultipartUpload(upload.sourceKey, upload.multipartId).complete(parts);
  expect(await reconcileUploads(quietEnv, later())).toBe(1);
  expect(await assetOf(path)).toMatchObject({ sourceBytes: 5000 });
});

test("an upload that died after its length was told, with its bytes still in the tail, becomes an asset", async () => {
  const { send } = await tusClient();
  const source = noise(300, 3);
  const path = await createTestUpload(send, null);
  const first = await claimUpload(env, idOf(path), { offset: 0 }, Date.now());
  if (first === null) throw new Error("not claimed");
  await storeTail(quietEnv, first, held(source), false, Date.now());
  await claimUpload(env, idOf(path), { offset: 300, length: 300 }, Date.now());
  expect(await reconcileUploads(quietEnv, later())).toBe(1);
  expect(sameBytes(await sourceOf(path), source)).toBe(true);
});

test("HEAD finishes what its request could not", async () => {
  const { send } = await tusClient();
  const { path } = await wholeUpload(send, noise(100, 4));
  const head = await send("HEAD", path);
  expect(head.headers.get("Marquee-Asset-Id")).toBe((await assetOf(path))?.id);
});

test("concurrent finishers make one asset", async () => {
  const { send } = await tusClient();
  const { path } = await wholeUpload(send, noise(100, 5));
  await Promise.all([send("HEAD", path), reconcileUploads(quietEnv, later()), send("HEAD", path)]);
  const rows = await openDatabase(env)
    .select()
    .from(assets)
    .where(eq(assets.uploadId, idOf(path)));
  expect(rows).toHaveLength(1);
});

test("an upload whose parts R2 has lost ends as errored, with a code", async () => {
  const { send } = await tusClient();
  const { path, upload } = await wholeUpload(send, noise(100, 6));
  await env.SOURCES.resumeMultipartUpload(upload.sourceKey, upload.multipartId).abort();
  expect(await reconcileUploads(quietEnv, later())).toBe(1);
  expect(await (await send("GET", path)).json()).toMatchObject({
    status: "errored",
    error: { code: "storage_lost", detail: expect.stringContaining("again") },
  });
  expect((await send("HEAD", path)).status).toBe(410);
  expect(await assetOf(path)).toBeUndefined();
});

test("a PATCH whose multipart upload R2 has lost ends the upload at once, so that the client starts anew", async () => {
  const { send } = await tusClient();
  const path = await createTestUpload(send, 10);
  const row = await findUpload(env, idOf(path));
  await env.SOURCES.resumeMultipartUpload(row?.sourceKey ?? "", row?.multipartId ?? "").abort();
  const response = await patch(send, path, 0, noise(10, 7));
  expect(response.status).toBe(410);
  expect(await response.json()).toMatchObject({ code: "storage_lost" });
});

test("an upload without a part number left ends as errored, with a code", async () => {
  const { send } = await tusClient();
  const path = await createTestUpload(send, 10);
  await env.DB.prepare("update uploads set next_part = 10001 where id = ?").bind(idOf(path)).run();
  const response = await patch(send, path, 0, noise(10, 7));
  expect(response.status).toBe(410);
  expect(await response.json()).toMatchObject({ code: "too_many_interruptions" });
});

test("unfinished uploads end when their time is over, and leave nothing behind; finished ones stay", async () => {
  const { send } = await tusClient();
  const open = await createTestUpload(send, 1000);
  await patch(send, open, 0, noise(400, 8));
  const untouched = await createTestUpload(send, null);
  const { path: whole } = await wholeUpload(send, noise(100, 9));
  const expiresAt = (await findUpload(env, idOf(open)))?.expiresAt ?? 0;
  const end = expiresAt + 60_000;
  expect(await expireUploads(quietEnv, expiresAt - 60_000)).toBe(0);
  expect(await expireUploads(quietEnv, end)).toBe(2);
  expect(await expireUploads(quietEnv, end)).toBe(0);
  for (const path of [open, untouched]) {
    expect(await (await send("GET", path)).json()).toMatchObject({ status: "timed_out" });
    expect((await send("HEAD", path)).status).toBe(410);
  }
  expect((await env.SOURCES.list({ prefix: `tails/${idOf(open)}` })).objects).toEqual([]);
  expect(await reconcileUploads(quietEnv, end)).toBe(1);
  expect(await assetOf(whole)).toBeDefined();
});

test("an upload whose time is over takes no more bytes, even before the cron has seen it", async () => {
  const { send } = await tusClient();
  const path = await createTestUpload(send, 10);
  await env.DB.prepare("update uploads set expires_at = 1 where id = ?").bind(idOf(path)).run();
  const response = await patch(send, path, 0, noise(10, 10));
  expect(response.status).toBe(410);
  expect(await response.json()).toMatchObject({ code: "upload_expired" });
});

test("an upload that a restored database takes for unfinished is neither ended nor cancelled, because its source is whole", async () => {
  const { send } = await tusClient();
  const path = await createTestUpload(send, 5000);
  const row = await findUpload(env, idOf(path));
  if (row === null) throw new Error("no upload");
  await env.SOURCES.put(row.sourceKey, noise(5000, 9));
  await adoptEpoch(env, row.expiresAt + 1);
  await expireUploads(quietEnv, row.expiresAt + 1);
  expect((await send("DELETE", path)).status).toBe(409);
  expect(await findUpload(env, row.id)).toMatchObject({ status: "waiting", updatedAt: row.updatedAt });
  expect(await env.SOURCES.head(row.sourceKey)).not.toBeNull();
});

test("nothing expires while the database is not to be believed", async () => {
  const { send } = await tusClient();
  const path = await createTestUpload(send, 5000);
  const row = await findUpload(env, idOf(path));
  const shut = { mayDelete: async () => false };
  expect(await expireUploads(quietEnv, (row?.expiresAt ?? 0) + 1, shut)).toBe(0);
  expect((await findUpload(env, idOf(path)))?.status).toBe("waiting");
});
