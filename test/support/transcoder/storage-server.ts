/** A small HTTP server that plays the Worker's part for the transcoder's own tests: real bytes, real ranges, in memory. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";

/** The server as a test sees it. */
export interface StorageServer {
  url: string;
  /** Objects that were put, by path, for example `/media/v720p/init.mp4`. */
  objects: Map<string, Buffer>;
  /** Paths in the order in which they were asked for. */
  requests: string[];
  close: () => Promise<void>;
}

/** Serves `sourceFile` at `/source`, keeps what is put under `/media` and `/slices`, and joins a copy's parts as `/copy`. */
export async function startStorage(sourceFile: string): Promise<StorageServer> {
  const objects = new Map<string, Buffer>([["/source", readFileSync(sourceFile)]]);
  const parts = new Map<number, Buffer>();
  const requests: string[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? "";
      requests.push(path);
      if (request.method === "PUT" && path.startsWith("/remux/")) {
        const partNumber = Number(path.split("/").at(-1));
        parts.set(partNumber, await bodyOf(request));
        response.end(JSON.stringify({ partNumber, etag: "e" }));
      } else if (request.method === "PUT") {
        const body = await bodyOf(request);
        const intact = createHash("md5").update(body).digest("hex") === request.headers["marquee-md5"];
        if (intact) objects.set(path, body);
        response.writeHead(intact ? 204 : 400).end();
      } else if (request.method === "POST" && path === "/remux") {
        response.end(JSON.stringify({ upload_id: "u" }));
      } else if (request.method === "POST") {
        await bodyOf(request);
        const copy = Buffer.concat([...parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes));
        objects.set("/copy", copy);
        response.end(JSON.stringify({ bytes: copy.byteLength }));
      } else {
        const object = objects.get(path);
        const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
        if (object === undefined) response.writeHead(404).end();
        else if (range === null) response.writeHead(200, { "Content-Length": object.byteLength }).end(object);
        else {
          const start = Number(range[1]);
          const end = Math.min(object.byteLength, range[2] ? Number(range[2]) + 1 : object.byteLength);
          if (start >= end) response.writeHead(416).end();
          else {
            const headers = {
              "Content-Length": end - start,
              "Content-Range": `bytes ${start}-${end - 1}/${object.byteLength}`,
            };
            response.writeHead(206, headers).end(object.subarray(start, end));
          }
        }
      }
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    objects,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
