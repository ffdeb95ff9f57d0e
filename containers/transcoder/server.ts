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
import type { TaskEvent } from "../../protocol/report.ts";
import { taskRequest } from "../../protocol/task.ts";
import { isFromBrowser } from "./is-from-browser.ts";
import { runTask } from "./run-task.ts";
import { WorkerClient } from "./task/worker-client.ts";

const heartbeatMs = 2000;
const maxRequestBytes = 8 * 1024 * 1024;

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
  const { api, spec, taskId } = parsed.data;
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  response.writeHead(200, { "Content-Type": "application/x-ndjson" });
  let fraction = 0;
  const send = (event: TaskEvent): void => void response.write(`${JSON.stringify(event)}\n`);
  const heartbeat = setInterval(() => send({ type: "progress", fraction }), heartbeatMs);
  const log = (what: string): void => console.log(new Date().toISOString(), taskId, spec.kind, what);
  try {
    log("started");
    send({ type: "progress", fraction });
    const last = await runTask(spec, {
      worker: new WorkerClient(api, gone.signal),
      signal: gone.signal,
      onProgress: (value) => {
        fraction = value;
      },
    });
    send(last);
    log(last.type === "failed" ? `failed: ${last.failure.code}: ${last.failure.log.slice(-500)}` : last.type);
  } catch (error) {
    if (!gone.signal.aborted) throw error;
    log("ended: the caller went away");
  } finally {
    clearInterval(heartbeat);
    response.end();
  }
}

async function answerHealth(response: ServerResponse): Promise<void> {
  try {
    const { stdout } = await promisify(execFile)("ffmpeg", ["-version"]);
    response.writeHead(200, { "Content-Type": "application/json" });
    response.end(JSON.stringify({ status: "ok", encoder: stdout.split("\n")[0] }));
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
