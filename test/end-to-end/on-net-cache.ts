/** An on-net cache as a telecom would put before us: it pulls from the gateway, and keeps what it may keep for everyone. */
import { request as ask, createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A running cache. */
export interface OnNetCache {
  port: number;
  /** Paths that were asked for, with the playback token left out. */
  asked: string[];
  /** Responses that it keeps, by path with the playback token left out. */
  kept: Map<string, Buffer>;
  /** Ends it as a power cut would: connections break off, and new ones are refused. */
  kill(): Promise<void>;
}

/** Starts a cache before the Marquee at `upstream` (`http://host:port`), on a port of its own. */
export async function startOnNetCache(upstream: string): Promise<OnNetCache> {
  const asked: string[] = [];
  const kept = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    const address = request.url ?? "/";
    const path = address.replace(/^\/v\/[^/]+/, "").replace(/\?.*/, "");
    asked.push(path);
    const { host: _, ...headers } = request.headers;
    const onward = ask(upstream + address, { method: request.method, headers }, (answer) => {
      const pieces: Buffer[] = [];
      answer.on("data", (piece: Buffer) => pieces.push(piece));
      answer.on("end", () => {
        // RFC 9111 §3: a shared cache keeps what is marked public, not what is private or no-store.
        const mayKeep = /\bpublic\b/.test(answer.headers["cache-control"] ?? "");
        if (answer.statusCode === 200 && mayKeep) kept.set(path, Buffer.concat(pieces));
      });
      answer.on("error", () => response.destroy());
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const kill = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return { port, asked, kept, kill };
}
