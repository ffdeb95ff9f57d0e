/** Uploads to a server that hangs, is busy, or both: a real tus client, and a server that is as bad as the test says. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { uploadFile } from "./upload-file.ts";
import { uploadStore } from "./upload-store.ts";

const folder = mkdtempSync(path.join(tmpdir(), "marquee-upload-"));
const file = path.join(folder, "film.mp4");
const bytes = Buffer.from("0123456789");
writeFileSync(file, bytes);

let server: Server;
let url = "";
let stored = Buffer.alloc(0);
let requests: string[] = [];
/** What happens to requests, by their methods, before they are answered as they should. */
let troubles: Partial<Record<string, ("hangs" | number)[]>> = {};

beforeEach(async () => {
  [stored, requests, troubles] = [Buffer.alloc(0), [], {}];
  server = createServer((request, response) => void answer(request, response)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  url = `http://127.0.0.1:${address.port}`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
  rmSync(path.join(folder, "uploads"), { recursive: true, force: true });
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const method = request.method ?? "";
  requests.push(method);
  const trouble = troubles[method]?.shift();
  if (trouble === "hangs") return;
  if (trouble !== undefined) return void response.writeHead(trouble, { "Retry-After": "0" }).end();
  const headers: Record<string, string> = { "Tus-Resumable": "1.0.0" };
  if (method === "POST") headers.Location = "/v1/uploads/upl_1";
  if (method === "PATCH") {
    for await (const chunk of request as AsyncIterable<Buffer>) stored = Buffer.concat([stored, chunk]);
  }
  headers["Upload-Offset"] = String(stored.byteLength);
  headers["Upload-Length"] = String(bytes.byteLength);
  headers["Marquee-Asset-Id"] = "ast_1";
  headers["Marquee-Title-Id"] = "ttl_1";
  response.writeHead(method === "POST" ? 201 : 200, headers).end();
}

const upload = () =>
  uploadFile(
    { url, key: "mqk_1" },
    { file, metadata: { filename: "film.mp4" } },
    uploadStore(path.join(folder, "uploads")),
    () => undefined,
    new AbortController().signal,
    { retryDelays: Array.from({ length: 10 }, () => 5), silentMs: 300, silences: 3, settleMs: 50 },
  );

test.each(["POST", "PATCH", "HEAD"])("a server that hangs at a %s is asked again", async (method) => {
  troubles = { PATCH: [503], [method]: ["hangs"] };
  if (method === "PATCH") troubles = { PATCH: ["hangs"] };
  expect(await upload()).toEqual({ asset_id: "ast_1", title_id: "ttl_1" });
  expect(stored).toEqual(bytes);
});

test("a server that hangs for ever is given up, in words", async () => {
  troubles = { POST: ["hangs", "hangs", "hangs", "hangs"] };
  await expect(upload()).rejects.toThrow(/No Marquee answers/);
  expect(requests).toEqual(["POST", "POST", "POST"]);
});

test("a server that is busy is waited for, and the upload is the same one", async () => {
  // Where it is can't be told for a while: 423, which a tus client does not take for a lost upload.
  troubles = { PATCH: [503], HEAD: [423, 423, 423] };
  expect(await upload()).toEqual({ asset_id: "ast_1", title_id: "ttl_1" });
  expect(requests).toEqual(["POST", "PATCH", "HEAD", "HEAD", "HEAD", "HEAD", "PATCH"]);
});
