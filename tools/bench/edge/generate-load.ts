/**
 * Asks for one URL over and over, on a few connections that are kept open, and prints what came of it as one line of JSON.
 * A program of its own, so that its processor time is not the server's:
 * `node generate-load.ts URL CONNECTIONS SECONDS BYTES [HEADER…]`. Every answer must be a 200 of so many bytes.
 */
import { createConnection } from "node:net";

/** The result of a run. Latencies are milliseconds. */
export interface LoadResult {
  requests: number;
  seconds: number;
  latencies: { p50: number; p99: number };
  /** The first failure; null when there was none. */
  failure: string | null;
}

const headEnd = Buffer.from("\r\n\r\n");

if (import.meta.main) {
  const [url, connections, seconds, bytes, ...headers] = process.argv.slice(2);
  const result = await generateLoad(
    new URL(url ?? ""),
    Number(connections),
    Number(seconds),
    Number(bytes),
    headers,
  );
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exit(0);
}

/** See the file's comment. */
async function generateLoad(
  url: URL,
  connections: number,
  seconds: number,
  bytes: number,
  headers: string[],
): Promise<LoadResult> {
  const lines = [`GET ${url.pathname} HTTP/1.1`, `Host: ${url.host}`, ...headers, "", ""];
  const request = Buffer.from(lines.join("\r\n"));
  const latencies: number[] = [];
  let failure: string | null = null;
  const startedAt = performance.now();
  const endsAt = startedAt + seconds * 1000;
  const one = () =>
    new Promise<void>((resolve) => {
      const socket = createConnection({ host: url.hostname, port: Number(url.port), noDelay: true });
      let sentAt = 0;
      let head: Buffer | null = Buffer.alloc(0);
      let left = 0;
      let ended = false;
      const end = (why: string | null) => {
        if (ended) return;
        ended = true;
        failure ??= why;
        socket.destroy();
        resolve();
      };
      const send = () => {
        if (performance.now() >= endsAt || failure !== null) return end(null);
        head = Buffer.alloc(0);
        sentAt = performance.now();
        socket.write(request);
      };
      socket.on("connect", send);
      socket.on("error", (error) => end(error.message));
      socket.on("close", () => end("the server closed the connection"));
      socket.on("data", (chunk) => {
        let body = chunk.byteLength;
        if (head !== null) {
          head = head.byteLength === 0 ? chunk : Buffer.concat([head, chunk]);
          const at = head.indexOf(headEnd);
          if (at === -1) return;
          const text = head.toString("latin1", 0, at);
          const length = Number(/\r\ncontent-length: *([0-9]+)/i.exec(text)?.[1]);
          if (!text.startsWith("HTTP/1.1 200") || length !== bytes) {
            return end(`not a 200 of ${bytes} bytes: ${text.slice(0, 300)}`);
          }
          left = length;
          body = head.byteLength - at - headEnd.byteLength;
          head = null;
        }
        left -= body;
        if (left > 0) return;
        latencies.push(performance.now() - sentAt);
        send();
      });
    });
  await Promise.all(Array.from({ length: connections }, one));
  const elapsed = (performance.now() - startedAt) / 1000;
  const sorted = Float64Array.from(latencies).sort();
  const at = (part: number) =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
  return {
    requests: latencies.length,
    seconds: elapsed,
    latencies: { p50: at(0.5), p99: at(0.99) },
    failure,
  };
}
