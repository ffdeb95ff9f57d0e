import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { beforeAll, expect, test, vi } from "vitest";
import { noise } from "../../test/support/random.ts";
import {
  createTestUpload,
  idOf,
  offsetOf,
  patch,
  quietEnv,
  type Send,
  sameBytes,
  sourceOf,
  tusClient,
} from "../../test/support/tus-client.ts";
import { openDatabase } from "../catalog/database.ts";
import { assets, producers, titles } from "../catalog/schema.ts";
import { sourceNotification } from "./notification.ts";
import { readSourceStory } from "./source-story.ts";

let send: Send;
beforeAll(async () => {
  ({ send } = await tusClient());
});

const base64 = (text: string) => new TextEncoder().encode(text).toBase64();

async function refusal(response: Response): Promise<{ status: number; code: string }> {
  expect(response.headers.get("Content-Type")).toBe("application/problem+json");
  expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
  const body = await response.json<{ code: string; detail: string }>();
  expect(body.detail).toMatch(/^[A-Z`].+/);
  return { status: response.status, code: body.code };
}

test("OPTIONS tells what we speak, without a key, and lets browsers of other origins in", async () => {
  const response = await send("OPTIONS", "/", { Authorization: null, "Tus-Resumable": null });
  expect(response.status).toBe(204);
  const headers = Object.fromEntries(response.headers);
  expect(headers).toMatchObject({
    "tus-version": "1.0.0",
    "tus-extension": "creation,creation-with-upload,creation-defer-length,expiration,termination",
    "tus-max-size": env.MAX_UPLOAD_BYTES,
    "access-control-allow-origin": "*",
  });
  expect(headers["access-control-allow-headers"]).toContain("Authorization");
  expect(headers["access-control-allow-methods"]).toContain("PATCH");
  expect(headers["access-control-expose-headers"]).toContain("Marquee-Asset-Id");
});

test("a film goes from creation to asset and title", async () => {
  const metadata = `filename ${base64("La_Jetée.mkv")},filetype ${base64("video/x-matroska")},language ${base64("FR-ca")},custom`;
  const created = await send("POST", "/", { "Upload-Length": "3000", "Upload-Metadata": metadata });
  expect(created.status).toBe(201);
  expect(created.headers.get("Tus-Resumable")).toBe("1.0.0");
  const expires = Date.parse(created.headers.get("Upload-Expires") ?? "");
  expect(expires).toBeGreaterThan(Date.now());
  const path = created.headers.get("Location") ?? "";
  const source = noise(3000, 1);

  const first = await patch(send, path, 0, source.slice(0, 1000));
  expect(first.status).toBe(204);
  expect(first.headers.get("Upload-Offset")).toBe("1000");
  expect(first.headers.get("Marquee-Asset-Id")).toBeNull();
  const head = await send("HEAD", path);
  expect(head.status).toBe(200);
  expect(Object.fromEntries(head.headers)).toMatchObject({
    "upload-offset": "1000",
    "upload-length": "3000",
    "upload-metadata": metadata,
    "upload-expires": created.headers.get("Upload-Expires"),
    "cache-control": "no-store",
  });

  const last = await patch(send, path, 1000, source.slice(1000));
  const assetId = last.headers.get("Marquee-Asset-Id");
  const titleId = last.headers.get("Marquee-Title-Id");
  expect(sameBytes(await sourceOf(path), source)).toBe(true);
  const stored = await env.SOURCES.head(`sources/${idOf(path)}`);
  expect(readSourceStory(stored?.customMetadata)).toMatchObject({
    ...{ filename: "La_Jetée.mkv", language: "fr-CA", asset: assetId, titleId, upload: idOf(path) },
  });
  const db = openDatabase(env);
  const asset = await db
    .select()
    .from(assets)
    .where(eq(assets.id, assetId ?? ""))
    .get();
  expect(asset).toMatchObject({ status: "waiting", sourceBytes: 3000, titleId, filename: "La_Jetée.mkv" });
  const title = await db
    .select()
    .from(titles)
    .where(eq(titles.id, titleId ?? ""))
    .get();
  expect(title).toMatchObject({ title: "La Jetée", language: "fr-CA" });

  const shown = await send("GET", path, { "Tus-Resumable": null });
  expect(await shown.json()).toEqual({
    id: idOf(path),
    status: "asset_created",
    offset: 3000,
    length: 3000,
    filename: "La_Jetée.mkv",
    title: null,
    language: "fr-CA",
    asset_id: assetId,
    title_id: titleId,
    created_at: expect.stringMatching(/Z$/),
    expires_at: expect.stringMatching(/Z$/),
  });
  // A client that missed the last answer asks HEAD, or sends the last PATCH again.
  const again = await send("HEAD", path);
  expect(again.headers.get("Upload-Offset")).toBe("3000");
  expect(again.headers.get("Marquee-Asset-Id")).toBe(assetId);
  const repeated = await patch(send, path, 3000, new Uint8Array(0));
  expect(repeated.status).toBe(204);
  expect(repeated.headers.get("Marquee-Asset-Id")).toBe(assetId);
});

test("a finished source is announced as R2 would", async () => {
  const client = await tusClient({ ...env, SOURCE_EVENTS: "self" });
  const queue = vi.spyOn(env.INGEST_QUEUE, "send").mockResolvedValue({
    metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
  });
  try {
    const path = await createTestUpload(client.send, 5);
    await patch(client.send, path, 0, noise(5, 1));
    expect(queue).toHaveBeenCalledTimes(1);
    const object = await env.SOURCES.head(`sources/${idOf(path)}`);
    expect(sourceNotification.parse(queue.mock.calls[0]?.[0])).toMatchObject({
      action: "CompleteMultipartUpload",
      object: { key: `sources/${idOf(path)}`, size: 5, eTag: object?.etag },
    });
  } finally {
    queue.mockRestore();
  }
});

test("creation with upload takes the first bytes, or all of them", async () => {
  const source = noise(500, 2);
  const some = await send("POST", "/", { "Upload-Length": "500" }, source.slice(0, 200));
  expect(some.status).toBe(201);
  expect(some.headers.get("Upload-Offset")).toBe("200");
  const all = await send("POST", "/", { "Upload-Length": "500" }, source);
  expect(all.status).toBe(201);
  expect(all.headers.get("Upload-Offset")).toBe("500");
  expect(all.headers.get("Marquee-Asset-Id")).toMatch(/^ast_/);
  expect(sameBytes(await sourceOf(all.headers.get("Location") ?? ""), source)).toBe(true);
});

test("an empty file is an upload like any other", async () => {
  const created = await send("POST", "/", { "Upload-Length": "0" });
  expect(created.status).toBe(201);
  expect(created.headers.get("Marquee-Asset-Id")).toMatch(/^ast_/);
  expect(await sourceOf(created.headers.get("Location") ?? "")).toEqual(new Uint8Array(0));
  const deferred = await createTestUpload(send, null);
  const finished = await patch(send, deferred, 0, null, { "Upload-Length": "0" });
  expect(finished.status).toBe(204);
  expect(finished.headers.get("Marquee-Asset-Id")).toMatch(/^ast_/);
});

test("the length may come with a later PATCH, even after the last byte", async () => {
  const source = noise(700, 3);
  const path = await createTestUpload(send, null);
  await patch(send, path, 0, source.slice(0, 300));
  const head = await send("HEAD", path);
  expect(head.headers.get("Upload-Defer-Length")).toBe("1");
  expect(head.headers.get("Upload-Length")).toBeNull();
  await patch(send, path, 300, source.slice(300));
  expect(await refusal(await patch(send, path, 700, null, { "Upload-Length": "699" }))).toEqual({
    status: 400,
    code: "length_mismatch",
  });
  const last = await patch(send, path, 700, null, { "Upload-Length": "700" });
  expect(last.status).toBe(204);
  expect(last.headers.get("Marquee-Asset-Id")).toMatch(/^ast_/);
  expect(sameBytes(await sourceOf(path), source)).toBe(true);
});

test("POST may stand for PATCH, HEAD and DELETE", async () => {
  const path = await createTestUpload(send, 10);
  const patched = await send(
    "POST",
    path,
    { "X-HTTP-Method-Override": "PATCH", "Upload-Offset": "0" },
    noise(4, 4),
  );
  expect(patched.status).toBe(204);
  const head = await send("POST", path, { "X-HTTP-Method-Override": "HEAD" });
  expect(head.headers.get("Upload-Offset")).toBe("4");
  expect((await send("POST", path, { "X-HTTP-Method-Override": "DELETE" })).status).toBe(204);
});

test("termination frees what the upload holds; afterwards it is gone", async () => {
  const path = await createTestUpload(send, 1000);
  await patch(send, path, 0, noise(400, 5));
  expect((await env.SOURCES.list({ prefix: `tails/${idOf(path)}` })).objects).toHaveLength(1);
  expect((await send("DELETE", path)).status).toBe(204);
  expect((await env.SOURCES.list({ prefix: `tails/${idOf(path)}` })).objects).toEqual([]);
  expect((await send("HEAD", path)).status).toBe(410);
  expect(await refusal(await patch(send, path, 400, noise(600, 5)))).toEqual({
    status: 410,
    code: "upload_cancelled",
  });
  expect((await send("DELETE", path)).status).toBe(410);
  expect(await (await send("GET", path)).json()).toMatchObject({ status: "cancelled", asset_id: null });
});

test("a finished upload is not cancelled but its asset deleted", async () => {
  const path = await createTestUpload(send, 4);
  await patch(send, path, 0, noise(4, 6));
  expect(await refusal(await send("DELETE", path))).toEqual({ status: 409, code: "upload_finished" });
  expect(sameBytes(await sourceOf(path), noise(4, 6))).toBe(true);
});

test("uploads of another producer are not there", async () => {
  const stranger = await tusClient();
  const path = await createTestUpload(send, 10);
  for (const method of ["HEAD", "GET", "DELETE"]) {
    expect((await stranger.send(method, path)).status).toBe(404);
  }
  expect(await refusal(await patch(stranger.send, path, 0, noise(10, 7)))).toEqual({
    status: 404,
    code: "upload_not_found",
  });
  expect(await offsetOf(send, path)).toBe(0);
});

test("the list is the producer's own, newest first, page by page", async () => {
  const client = await tusClient();
  const ids: string[] = [];
  for (let n = 0; n < 5; n++) ids.push(idOf(await createTestUpload(client.send, 10)));
  const seen: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const page = await client.send("GET", `/?limit=2${cursor === "" ? "" : `&cursor=${cursor}`}`);
    const body = await page.json<{
      uploads: { id: string; created_at: string }[];
      next_cursor: string | null;
    }>();
    expect(body.uploads.length).toBeLessThanOrEqual(2);
    seen.push(...body.uploads.map((upload) => upload.id));
    cursor = body.next_cursor;
  }
  expect(seen.toSorted()).toEqual(ids.toSorted());
  for (const query of ["limit=0", "limit=x", "limit=1000", "cursor=nonsense"]) {
    expect(await refusal(await client.send("GET", `/?${query}`))).toEqual({
      status: 400,
      code: "invalid_query",
    });
  }
});

test("a producer has a bounded number of open uploads, however fast they ask", async () => {
  const client = await tusClient();
  await openDatabase(env)
    .update(producers)
    .set({ quotas: { open_uploads: 3 } })
    .where(eq(producers.id, client.producerId));
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => client.send("POST", "/", { "Upload-Length": "10" })),
  );
  expect(answers.map((answer) => answer.status).toSorted()).toEqual([201, 201, 201, 429, 429, 429, 429, 429]);
  const created = answers.find((answer) => answer.status === 201)?.headers.get("Location") ?? "";
  await client.send("DELETE", created);
  expect((await client.send("POST", "/", { "Upload-Length": "10" })).status).toBe(201);
});

test("refuses creations it can't keep", async () => {
  const long = "a".repeat(9000);
  const bytes = noise(10, 8);
  const table: [Record<string, string | null>, number, string][] = [
    [{}, 400, "length_required"],
    [{ "Upload-Length": "ten" }, 400, "invalid_header"],
    [{ "Upload-Length": "-1" }, 400, "invalid_header"],
    [{ "Upload-Length": "1e3" }, 400, "invalid_header"],
    [{ "Upload-Length": "9".repeat(30) }, 400, "invalid_header"],
    [{ "Upload-Length": "10", "Upload-Defer-Length": "1" }, 400, "invalid_header"],
    [{ "Upload-Defer-Length": "2" }, 400, "invalid_header"],
    [{ "Upload-Length": "10", "Upload-Concat": "partial" }, 400, "concatenation_unsupported"],
    [{ "Upload-Length": "999999999999999" }, 413, "upload_too_large"],
    [{ "Upload-Length": "10", "Upload-Metadata": "filename ä" }, 400, "invalid_metadata"],
    [{ "Upload-Length": "10", "Upload-Metadata": `title ${base64(long)}` }, 431, "metadata_too_large"],
    [{ "Upload-Length": "10", "Tus-Resumable": null }, 412, "tus_version"],
    [{ "Upload-Length": "10", "Tus-Resumable": "0.2.2" }, 412, "tus_version"],
    [{ "Upload-Length": "10", Authorization: null }, 401, "unauthenticated"],
    [{ "Upload-Length": "10", Authorization: "Bearer mqk_wrong" }, 401, "unauthenticated"],
    [{ "Upload-Length": "10", "X-HTTP-Method-Override": "CONNECT" }, 400, "invalid_header"],
    [{ "Upload-Length": "10", "X-HTTP-Method-Override": "PATCH" }, 405, "method_not_allowed"],
  ];
  for (const [headers, status, code] of table) {
    expect(await refusal(await send("POST", "/", headers)), JSON.stringify(headers)).toEqual({
      status,
      code,
    });
  }
  const version = await send("POST", "/", { "Tus-Resumable": "0.2.2" });
  expect(version.headers.get("Tus-Version")).toBe("1.0.0");
  const typed = await send("POST", "/", { "Upload-Length": "10", "Content-Type": "video/mp4" }, bytes);
  expect(await refusal(typed)).toEqual({ status: 415, code: "unsupported_media_type" });
  expect(await refusal(await send("POST", "/", { "Upload-Length": "5" }, bytes))).toEqual({
    status: 400,
    code: "beyond_length",
  });
});

test("refuses PATCHes it can't take, and changes nothing", async () => {
  const client = await tusClient({ ...quietEnv, MAX_BODY_BYTES: "6000000" });
  const path = await createTestUpload(client.send, 10_000_000);
  const bytes = noise(10, 9);
  await patch(client.send, path, 0, bytes);
  const large = noise(6_000_001, 10);
  const table: [Record<string, string | null>, Uint8Array<ArrayBuffer>, number, string][] = [
    [{ "Upload-Offset": null }, bytes, 400, "invalid_header"],
    [{ "Upload-Offset": "-1" }, bytes, 400, "invalid_header"],
    [{ "Upload-Offset": "0" }, bytes, 409, "offset_mismatch"],
    [{ "Upload-Offset": "11" }, bytes, 409, "offset_mismatch"],
    [{ "Content-Type": null }, bytes, 415, "unsupported_media_type"],
    [{ "Content-Type": "application/octet-stream" }, bytes, 415, "unsupported_media_type"],
    [{ "Upload-Length": "11" }, bytes, 400, "length_mismatch"],
    [{ "Tus-Resumable": null }, bytes, 412, "tus_version"],
    [{}, large, 413, "body_too_large"],
  ];
  for (const [headers, body, status, code] of table) {
    const response = await client.send("PATCH", path, { "Upload-Offset": "10", ...headers }, body);
    expect(await refusal(response), JSON.stringify(headers)).toEqual({ status, code });
  }
  expect(await offsetOf(client.send, path)).toBe(10);
  const advice = await patch(client.send, path, 10, large);
  expect(await advice.json()).toMatchObject({ chunk_bytes: 5 * 1024 * 1024 });
  const unknown = await patch(client.send, "/upl_00000000000000000000", 0, bytes);
  expect(await refusal(unknown)).toEqual({ status: 404, code: "upload_not_found" });
  expect((await client.send("PUT", path)).status).toBe(405);
});
