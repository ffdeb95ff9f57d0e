/**
 * The transcoder: a small HTTP service around FFmpeg, the same in a container and as a local process.
 *
 * `POST /tasks` takes one task and answers with JSON lines until it is done. The caller holds the connection while
 * the task runs; when it goes away, the task's process and its FFmpeg are ended. Nothing outlives a request: all state is in
 * the pipeline's tables and in R2.
 *
 * Only who knows TRANSCODER_KEY may send tasks: on a laptop anybody else could reach the port too.
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { lineMs, type TaskEvent } from "../../protocol/report.ts";
import { taskRequest } from "../../protocol/task.ts";
import { runApart } from "./apart/run-apart.ts";
import { removeLeftovers } from "./apart/scratch-folder.ts";
import { encoderVersion } from "./ffmpeg/encoder-version.ts";
import { isFromBrowser } from "./is-from-browser.ts";
import { knowsKey } from "./knows-key.ts";
import { Admission } from "./task/admission.ts";

const maxRequestBytes = 8 * 1024 * 1024;

const key = process.env.TRANSCODER_KEY ?? "";
if (key === "") {
  console.error(
    "Error: TRANSCODER_KEY is not set. Whoever starts the transcoder gives it one, and sends it with each task.",
  );
  process.exit(1);
}
await removeLeftovers();

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
    if (isFromBrowser(request.headers) || !knowsKey(request.headers, key))
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
  const { spec, taskId, alone } = parsed.data;
  const place = admission.enter(alone);
  if (place === null) return void response.writeHead(409).end("another task runs alone here");
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  response.writeHead(200, { "Content-Type": "application/x-ndjson" });
  const send = (event: TaskEvent): Promise<void> =>
    new Promise((resolve) => response.write(`${JSON.stringify(event)}\n`, () => resolve()));
  const begun: TaskEvent = { type: "progress", fraction: 0 };
  // The task's own process speaks for itself once it runs: who holds up its event loop is heard of.
  const first: TaskEvent = alone ? { type: "waiting" } : begun;
  const heartbeat = setInterval(() => void send(first), lineMs);
  try {
    void send(first);
    await Promise.race([place.begins, ended(gone.signal)]);
    clearInterval(heartbeat);
    // The system has this line before the film has its turn: whatever it does to us, the caller knows that it had begun.
    await send(begun);
    const last = await runApart(parsed.data, gone.signal, (lines) => void response.write(lines));
    if (last !== null) await send(last);
    if (last?.type === "failed")
      console.error("a task's process was lost", taskId, spec.kind, last.failure.code);
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    clearInterval(heartbeat);
    place.leave();
    if (gone.signal.aborted) console.log(new Date().toISOString(), taskId, "ended: the caller went away");
    response.end();
  }
}

/** Rejects when the signal aborts. */
function ended(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

async function answerHealth(response: ServerResponse): Promise<void> {
  const encoder = await encoderVersion();
  response.writeHead(encoder === null ? 503 : 200, { "Content-Type": "application/json" });
  response.end(
    JSON.stringify(
      encoder === null
        ? { status: "failing", detail: "ffmpeg does not run here" }
        : { status: "ok", encoder },
    ),
  );
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
