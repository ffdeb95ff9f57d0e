/** Presentations on a web server, asked as a player on another site would ask. */
import type { Delivery } from "../model/delivery.ts";
import { type ByteRange, CannotRead, type Received, type Source } from "./source.ts";

/** The site that the player is on, for CORS. */
const playerOrigin = "https://player.example";

const requestTimeoutMs = 60_000;

/** A body larger than this is no playlist and no segment, bytes. */
const maxBodyBytes = 512 * 1024 * 1024;

/** A web server; `root` is the playlist's URL. */
export function openHttp(root: string): Source {
  return {
    root,
    read: async (url, range) => await receive(url, range),
    size: async (url) => {
      const { delivery } = await ask(url, "HEAD", {});
      return delivery.status === 200 ? delivery.contentLength : null;
    },
  };
}

/** @throws CannotRead when the status is not 200 or 206, or no answer comes. */
async function receive(url: string, range: ByteRange | null): Promise<Received> {
  const headers: Record<string, string> =
    range === null
      ? { "Accept-Encoding": "gzip" }
      : { Range: `bytes=${range.offset}-${range.offset + range.length - 1}` };
  const { delivery, body } = await ask(url, "GET", headers);
  if (delivery.status !== 200 && delivery.status !== 206) {
    throw new CannotRead(`the server answers ${delivery.status}`);
  }
  const cut = range !== null && delivery.status === 200;
  return { bytes: cut ? body.subarray(range.offset, range.offset + range.length) : body, delivery };
}

/** One request. @throws CannotRead when no whole answer comes. */
export async function ask(
  url: string,
  method: "GET" | "HEAD",
  headers: Record<string, string>,
): Promise<{ delivery: Delivery; body: Uint8Array }> {
  if (!/^https?:/.test(url)) throw new CannotRead("it is not on a web server");
  try {
    const response = await fetch(url, {
      method,
      headers: { Origin: playerOrigin, ...headers },
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    return { delivery: describe(url, response), body: await bodyOf(response) };
  } catch (error) {
    if (error instanceof CannotRead) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new CannotRead(`no answer (${cause instanceof Error ? cause.message : String(cause)})`);
  }
}

function describe(url: string, response: Response): Delivery {
  const length = response.headers.get("Content-Length");
  return {
    url,
    status: response.status,
    finalUrl: response.url,
    contentType: response.headers.get("Content-Type"),
    contentEncoding: response.headers.get("Content-Encoding"),
    allowOrigin: response.headers.get("Access-Control-Allow-Origin"),
    contentLength: length === null ? null : Number(length),
    contentRange: response.headers.get("Content-Range"),
  };
}

async function bodyOf(response: Response): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) throw new CannotRead(`it is larger than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
}
