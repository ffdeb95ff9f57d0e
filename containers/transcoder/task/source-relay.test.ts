/** The relay between FFmpeg and storage, with real FFmpeg and real HTTP. */
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { promisify } from "node:util";
import { afterEach, expect, test } from "vitest";
import { makeFilm, testPicture } from "../../../test/support/transcoder/make-film.ts";
import { type StorageServer, startStorage } from "../../../test/support/transcoder/storage-server.ts";
import { inputGuards, reconnect } from "../ffmpeg/input-options.ts";
import { openRelay, relayOrigin, type SourceRelay } from "./source-relay.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const film = (): string => makeFilm("mkv", [...testPicture({ seconds: 20 }), "-pix_fmt", "yuv420p"]);

async function open(api: string): Promise<SourceRelay> {
  const relay = await openRelay(api);
  cleanups.push(() => relay.close());
  return relay;
}

async function storageOf(file: string): Promise<StorageServer> {
  const storage = await startStorage(file);
  cleanups.push(() => storage.close());
  return storage;
}

/** A server on the loopback interface that answers as told. @returns its address */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await once(server.listen(0, "127.0.0.1"), "listening");
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}`;
}

/** Counts the packets of the source's picture as ffprobe finds them through the relay. */
async function packets(relay: SourceRelay, ...more: string[]): Promise<number> {
  const { stdout } = await promisify(execFile)(
    "ffprobe",
    [
      ...["-v", "error", ...inputGuards, ...reconnect, "-select_streams", "v", ...more],
      ...["-show_entries", "packet=pts_time", "-print_format", "csv=p=0", `${relayOrigin}/source`],
    ],
    { env: { ...process.env, ...relay.env } },
  );
  return stdout.trim().split("\n").length;
}

test("FFmpeg reads and seeks through it, and is asked for no more than it wants", async () => {
  const storage = await storageOf(film());
  const relay = await open(`${storage.url}/`);
  expect(await packets(relay)).toBe(500);
  expect(await packets(relay, "-read_intervals", "15%+2")).toBeLessThan(200);
  expect(new Set(storage.requests)).toEqual(new Set(["/source"]));
});

test("an answer that breaks off is asked for again from where it broke", async () => {
  const storage = await storageOf(film());
  const whole = storage.objects.get("/source") ?? Buffer.alloc(0);
  const ranges: string[] = [];
  const url = await serve((request, response) => {
    const start = Number(/^bytes=(\d+)-/.exec(request.headers.range ?? "")?.[1] ?? 0);
    ranges.push(String(start));
    if (ranges.length === 2) return void response.writeHead(503).end();
    const body = whole.subarray(start);
    response.writeHead(206, {
      "Content-Length": body.byteLength,
      "Content-Range": `bytes ${start}-${whole.byteLength - 1}/${whole.byteLength}`,
    });
    if (ranges.length > 1) return void response.end(body);
    response.write(body.subarray(0, 50_000), () => setImmediate(() => response.destroy()));
  });
  expect(await packets(await open(url))).toBe(500);
  expect(ranges.length).toBeGreaterThan(2);
});

test("only who has the password is served, and with reading the task's own alone", async () => {
  const storage = await storageOf(film());
  const relay = await open(storage.url);
  const proxy = new URL(relay.env.http_proxy ?? "");
  const ask = (path: string, init: { method?: string; password?: string } = {}): Promise<number> =>
    new Promise((resolve, reject) => {
      const { method = "GET", password = proxy.password } = init;
      const sent = httpRequest({
        ...{ host: proxy.hostname, port: proxy.port, method, path },
        headers: { "Proxy-Authorization": `Basic ${Buffer.from(`tool:${password}`).toString("base64")}` },
      });
      sent.once("response", (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      sent.once("error", reject);
      sent.end();
    });
  expect(await ask(`${relayOrigin}/source`)).toBe(200);
  expect(await ask(`${relayOrigin}/source`, { password: "" })).toBe(407);
  expect(await ask(`${relayOrigin}/source`, { password: `${proxy.password}x` })).toBe(407);
  expect(await ask(`${relayOrigin}/source`, { method: "PUT" })).toBe(404);
  for (const path of [
    ...["/source", `${storage.url}/source`, `${relayOrigin}/media/v/seg-00000.m4s`, `${relayOrigin}/remux`],
    ...[`${relayOrigin}/slices/../remux`, `${relayOrigin}:8787/source`, "http://example.com/source"],
  ])
    expect(await ask(path), path).toBe(404);
  expect(storage.requests).toEqual(["/source"]);
});

test("the password is in no address that a tool is given", async () => {
  const relay = await open("http://127.0.0.1:9/internal/grant");
  expect(relayOrigin).toBe("http://marquee");
  expect(Object.keys(relay.env)).toEqual(["http_proxy", "no_proxy"]);
  expect(JSON.stringify(relay.env)).not.toContain("grant");
});
