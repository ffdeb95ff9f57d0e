/**
 * The transcoder: a small HTTP service around FFmpeg, the same in a container and as a local process.
 *
 * `POST /tasks` takes one task and answers with JSON lines until it is done. The caller holds the connection while
 * the task runs; when it goes away, the task and its FFmpeg are ended. Nothing outlives a request: all state is in
 * the pipeline's tables and in R2.
 */
import { execFile } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { promisify } from "node:util";
import { lineMs, type TaskEvent } from "../../protocol/report.ts";
import { taskRequest } from "../../protocol/task.ts";
import { isFromBrowser } from "./is-from-browser.ts";
import { runTask } from "./run-task.ts";
import { Admission } from "./task/admission.ts";
import { WorkerClient } from "./task/worker-client.ts";

const maxRequestBytes = 8 * 1024 * 1024;

/** Longest that FFmpeg may take to say its version, milliseconds. */
const versionMs = 10_000;

const admission = new Admission();

const server = createServer((request, response) => {
  handle(request, response).catch((error: unknown) => {
    console.error("request failed", error);
    if (!response.headersSent) response.writeHead(500);
    response.end();
  });
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method === "GET" && request.url === "/healthz") return await answerHealth(response);
  if (request.method === "POST" && request.url === "/tasks") {
    if (isFromBrowser(request.headers))
      return void response.writeHead(403).end("only the pipeline sends tasks");
    return await answerTask(request, response);
  }
  response.writeHead(404).end();
}

async function answerTask(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const parsed = taskRequest.safeParse(await readJson(request));
  if (!parsed.success) {
    response.writeHead(422, { "Content-Type": "text/plain" }).end(parsed.error.message);
    return;
  }
  const { api, spec, taskId, alone } = parsed.data;
  const place = admission.enter(alone);
  if (place === null) return void response.writeHead(409).end("another task runs alone here");
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  response.writeHead(200, { "Content-Type": "application/x-ndjson" });
  let fraction = 0;
  let hasBegun = !alone;
  const send = (event: TaskEvent): Promise<void> =>
    new Promise((resolve) => response.write(`${JSON.stringify(event)}\n`, () => resolve()));
  const tell = (): Promise<void> => send(hasBegun ? { type: "progress", fraction } : { type: "waiting" });
  const heartbeat = setInterval(() => void tell(), lineMs);
  const log = (what: string): void => console.log(new Date().toISOString(), taskId, spec.kind, what);
  try {
    void tell();
    await Promise.race([place.begins, ended(gone.signal)]);
    hasBegun = true;
    // The system has this line before the film has its turn: whatever it does to us, the caller knows that it had begun.
    await tell();
    log(alone ? "started, alone" : "started");
    const last = await runTask(spec, {
      worker: new WorkerClient(api, gone.signal),
      signal: gone.signal,
      onProgress: (value) => {
        fraction = value;
      },
    });
    void send(last);
    log(last.type === "failed" ? `failed: ${last.failure.code}: ${last.failure.log.slice(-500)}` : last.type);
  } catch (error) {
    if (!gone.signal.aborted) throw error;
    log("ended: the caller went away");
  } finally {
    clearInterval(heartbeat);
    place.leave();
    response.end();
  }
}

/** Rejects when the signal aborts. */
function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** FFmpeg's version; asked for until it has once answered, because who watches the transcoder asks every few seconds. */
let encoder: string | undefined;

async function answerHealth(response: ServerResponse): Promise<void> {
  try {
    encoder ??= (await promisify(execFile)("ffmpeg", ["-version"], { timeout: versionMs })).stdout.split(
      "\n",
    )[0];
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ status: "ok", encoder }));
  } catch {
    response.writeHead(503, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ status: "failing", detail: "ffmpeg does not run here" }));
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength;
    if (bytes > maxRequestBytes) return null;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return null;
  }
}

// A task may take ten minutes and its connection is quiet but for heartbeats.
server.requestTimeout = 0;
server.headersTimeout = 60_000;
server.listen(Number(process.env.PORT ?? 8080), process.env.HOST ?? "127.0.0.1", () => {
  console.log("transcoder listens on", JSON.stringify(server.address()));
});
// A container has 15 minutes between SIGTERM and SIGKILL: tasks that run may end, new ones are refused.
process.once("SIGTERM", () => {
  server.close(() => process.exit(0));
});
process.once("SIGINT", () => process.exit(0));
