/** Tests of delivery by servers, and of the command itself. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkPresentation } from "./check-presentation.ts";
import { CannotRead } from "./load/source.ts";
import { makePresentation } from "./testing/make-presentation.ts";

const scratch = mkdtempSync(path.join(tmpdir(), "marquee-delivery-test-"));
const good = path.join(scratch, "good");
beforeAll(async () => await makePresentation(good));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** A test's change to an answer that was right. */
type Fault = (request: IncomingMessage, response: ServerResponse) => unknown;

const types: Record<string, string> = {
  ".m3u8": "application/vnd.apple.mpegurl",
  ".mp4": "video/mp4",
  ".m4s": "video/iso.segment",
};

/** Serves the good presentation; `fault` goes first, and true means that it has answered. */
async function serve<T>(fault: Fault, work: (url: string) => Promise<T>): Promise<T> {
  const server = createServer((request, response) => {
    if (fault(request, response) !== true) answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  try {
    return await work(`http://127.0.0.1:${address.port}/main.m3u8`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  const type = types[path.extname(pathname)];
  if (type === undefined) return void response.writeHead(404).end();
  const file = readFileSync(path.join(good, pathname));
  const headers = { "Content-Type": type, "Access-Control-Allow-Origin": "*" };
  const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "");
  if (range !== null) {
    const [start, end] = [Number(range[1]), Number(range[2]) + 1];
    const part = file.subarray(start, end);
    const contentRange = `bytes ${start}-${end - 1}/${file.byteLength}`;
    response.writeHead(206, { ...headers, "Content-Range": contentRange, "Content-Length": part.byteLength });
    response.end(part);
    return;
  }
  const zip = type.includes("mpegurl") && request.headers["accept-encoding"]?.includes("gzip");
  const body = zip ? gzipSync(file) : file;
  const encoding = zip ? { "Content-Encoding": "gzip" } : {};
  response.writeHead(200, { ...headers, ...encoding, "Content-Length": body.byteLength });
  response.end(request.method === "HEAD" ? undefined : body);
}

const isMedia = (request: IncomingMessage): boolean => !request.url?.endsWith(".m3u8");

/** Leaves out or changes a header of every answer, whatever is set later. */
function alter(response: ServerResponse, name: string, value: string | null): void {
  const writeHead = response.writeHead.bind(response) as (status: number, headers: object) => ServerResponse;
  response.writeHead = ((status: number, headers: Record<string, string>) => {
    const { [name]: _, ...rest } = headers ?? {};
    return writeHead(status, value === null ? rest : { ...rest, [name]: value });
  }) as typeof response.writeHead;
}

const faults: Record<string, { fault: Fault; broken: string[] }> = {
  "nothing is wrong": { fault: () => null, broken: [] },
  "playlists without gzip": {
    fault: (request) => delete request.headers["accept-encoding"] && null,
    broken: ["Apple 10.1"],
  },
  "no CORS": {
    fault: (_, response) => alter(response, "Access-Control-Allow-Origin", null),
    broken: ["Fetch §3.3"],
  },
  "wrong MIME type": {
    fault: (request, response) => isMedia(request) && alter(response, "Content-Type", "text/plain"),
    broken: ["Apple 10.4"],
  },
  redirects: {
    fault: (request, response) => {
      if (!isMedia(request) || request.url?.includes("?")) return false;
      response.writeHead(302, { Location: `${request.url}?again`, "Access-Control-Allow-Origin": "*" }).end();
      return true;
    },
    broken: ["Apple 8.18"],
  },
  "ranges are ignored": {
    fault: (request) => delete request.headers.range && null,
    broken: ["RFC 9110 §14.2"],
  },
  "no HEAD": {
    fault: (request, response) => {
      if (request.method !== "HEAD") return false;
      response.writeHead(405).end();
      return true;
    },
    broken: ["RFC 9110 §9.1"],
  },
  "no Content-Length": {
    fault: (request, response) => request.method === "HEAD" && alter(response, "Content-Length", null),
    broken: ["RFC 9110 §8.6"],
  },
  "a segment answers 403": {
    fault: (request, response) => {
      if (!request.url?.endsWith("seg-00001.m4s")) return false;
      response.writeHead(403, { "Access-Control-Allow-Origin": "*" }).end();
      return true;
    },
    broken: ["RFC 8216 §6.2.1"],
  },
};

for (const [name, { fault, broken }] of Object.entries(faults)) {
  test(`${name}: ${broken.join("; ") || "no rule complains"}`, async () => {
    const { results } = await serve(fault, checkPresentation);
    const advice = ["Apple 6.2", "Apple 9.21"];
    const found = results.filter(({ id, verdict }) => verdict === "broken" && !advice.includes(id));
    expect(found.map(({ id }) => id)).toEqual(broken);
  });
}

test("a playlist in a web page's stead, a server that is not there, and a missing folder are refused in a sentence", async () => {
  const page: Fault = (_, response) => {
    response.writeHead(200).end("<html></html>");
    return true;
  };
  await expect(serve(page, checkPresentation)).rejects.toThrow(/no HLS playlist/);
  const url = await serve(page, async (it) => it);
  await expect(checkPresentation(url)).rejects.toThrow(CannotRead);
  await expect(checkPresentation(path.join(scratch, "nowhere"))).rejects.toThrow(
    /There is no file or folder/,
  );
});

test("a web server can't make the program read this machine's files", async () => {
  const playlist: Fault = (_, response) => {
    const text = `#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nfile://${path.join(good, "main.m3u8")}\n#EXT-X-ENDLIST\n`;
    response.writeHead(200).end(text);
    return true;
  };
  const { presentation } = await serve(playlist, checkPresentation);
  expect(presentation.troubles.map(({ what }) => what)).toEqual(["it is not on a web server"]);
});

const run = (...args: string[]) =>
  spawnSync(process.execPath, [path.join(import.meta.dirname, "main.ts"), ...args], {
    encoding: "utf8",
  });

test("the command: a table and exit code 0, JSON and 1, a sentence and 2", () => {
  const fine = run(good);
  expect(fine.status).toBe(0);
  expect(fine.stdout).toMatch(/^ok +MUST +Apple 8\.1 /m);
  expect(fine.stdout.trimEnd().split("\n").at(-1)).toMatch(/^Conforms\. \d+ rules hold/);

  const bad = path.join(scratch, "bad.m3u8");
  writeFileSync(bad, "#EXTM3U\n#EXTINF:6,\nmissing.m4s\n");
  const broken = run(bad, "--json", "-");
  expect(broken.status).toBe(1);
  expect(JSON.parse(broken.stdout)).toMatchObject({ conforms: false });

  for (const args of [[], ["--wrong"], [path.join(scratch, "nowhere")], [good, "--target", "toaster"]]) {
    const { status, stdout, stderr } = run(...args);
    expect([status, stdout, stderr.trim().split("\n").length]).toEqual([2, "", 1]);
  }
});
