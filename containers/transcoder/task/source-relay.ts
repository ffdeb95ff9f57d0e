/**
 * The way on which FFmpeg reads: a small HTTP proxy of the task's own, on the loopback interface. FFmpeg asks it for
 * `http://marquee/source` and has nothing else: the task's address with its grant is on no command line, in no log and in no
 * environment of a tool. The proxy's address and its password are in the tool's environment, which other users can't read,
 * as they can a command line; it gives nothing but the task's own source and slices, and takes nothing.
 *
 * A proxy and no other means, because with it FFmpeg keeps its range reads, its reconnecting and its time-outs: a short or
 * failed answer of storage arrives here as a short or failed answer.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import { once } from "node:events";
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import { pipeline } from "node:stream";

/** The host that tools know the task's API by; hide-addresses.ts takes it out of their logs. */
export const relayOrigin = "http://marquee";

/** An open relay. */
export interface SourceRelay {
  /** Variables with which a tool finds it. */
  env: Record<string, string>;
  close: () => void;
}

/** Headers that go on from a tool to storage, and from storage to a tool. */
const askedFor = ["range"] as const;
const answered = ["content-length", "content-range", "accept-ranges", "content-type", "etag"] as const;

/** @param api the task's base address, with its grant. */
export async function openRelay(api: string): Promise<SourceRelay> {
  const base = api.replace(/\/$/, "");
  const { request } = base.startsWith("https:") ? https : http;
  const password = randomBytes(24).toString("base64url");
  const wanted = Buffer.from(`Basic ${Buffer.from(`tool:${password}`).toString("base64")}`);
  const isTool = ({ headers }: IncomingMessage): boolean => {
    const said = Buffer.from(headers["proxy-authorization"] ?? "");
    return said.byteLength === wanted.byteLength && timingSafeEqual(said, wanted);
  };

  const relay = (asked: IncomingMessage, answer: ServerResponse): void => {
    if (!isTool(asked)) {
      answer.writeHead(407, { "Proxy-Authenticate": 'Basic realm="marquee"', "Content-Length": 0 }).end();
      return;
    }
    const path = readablePath(asked);
    if (path === null) return void answer.writeHead(404, { "Content-Length": 0 }).end();
    // A connection for each, as FFmpeg makes them: one that was kept may be closed at its other end just now.
    const upstream = request(base + path, { headers: pick(asked.headers, askedFor), agent: false });
    // FFmpeg goes away whenever it seeks: what is left of its answer is not wanted then.
    answer.once("close", () => upstream.destroy());
    upstream.once("error", () => {
      if (answer.headersSent) answer.destroy();
      else answer.writeHead(502, { "Content-Length": 0 }).end();
    });
    upstream.once("response", (stored) => {
      answer.writeHead(stored.statusCode ?? 502, pick(stored.headers, answered));
      // A short answer ends the connection, so that FFmpeg sees it is one and asks for the rest.
      pipeline(stored, answer, () => undefined);
    });
    upstream.end();
  };

  const server = http.createServer(relay);
  server.requestTimeout = 0;
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the relay has no port");
  const proxy = `http://tool:${password}@127.0.0.1:${address.port}`;
  return {
    // A setting of this machine would send the tools elsewhere, or past the proxy.
    env: { http_proxy: proxy, no_proxy: "" },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The path of a request for the source or a slice; null for any other. */
function readablePath({ method, url = "" }: IncomingMessage): string | null {
  const asked = URL.parse(url); // FFmpeg writes the port behind the host
  if (method !== "GET" || asked?.origin !== relayOrigin) return null;
  const path = asked.pathname;
  return path === "/source" || /^\/slices\/[\w-]+\/\d{5}\.flac$/.test(path) ? path : null;
}

function pick(headers: http.IncomingHttpHeaders, names: readonly string[]): http.OutgoingHttpHeaders {
  return Object.fromEntries(
    names.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])),
  );
}
