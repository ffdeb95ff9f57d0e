/** The transcoder as a process: who is let in beside whom, and what its callers hear meanwhile. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import path from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TaskEvent, taskEvent } from "../../protocol/report.ts";
import { freePort } from "../../scripts/local/free-port.ts";

const key = "key-of-the-test";

let transcoder: ChildProcess;
let url = "";
/** Storage that takes every request and never answers: a task that reads there goes on and on. */
let storage: Server;
let storageUrl = "";

beforeAll(async () => {
  storage = createServer(() => undefined).listen(0, "127.0.0.1");
  await once(storage, "listening");
  const address = storage.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  storageUrl = `http://127.0.0.1:${address.port}`;
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  transcoder = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", path.join(import.meta.dirname, "server.ts")],
    {
      env: { ...process.env, HOST: "127.0.0.1", PORT: String(port), TRANSCODER_KEY: key },
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  if (transcoder.stdout === null) throw new Error("no stdout");
  await once(createInterface({ input: transcoder.stdout }), "line");
});

afterAll(() => {
  transcoder.kill("SIGKILL");
  storage.closeAllConnections();
  storage.close();
});

/** A task that was sent. */
interface Sent {
  status: number;
  /** Its next line. */
  next(): Promise<TaskEvent>;
  /** Goes away, as a caller that has lost interest. */
  leave(): void;
}

/** Sends a task as the pipeline does, which no browser does: Node's own `fetch` would say that it is one. */
async function send(taskId: string, alone: boolean): Promise<Sent> {
  const asked = request(`${url}/tasks`, { method: "POST", headers: { Authorization: `Bearer ${key}` } });
  asked.on("error", () => undefined); // it is ended by `leave`
  asked.end(JSON.stringify({ taskId, alone, api: storageUrl, spec: { kind: "inspect", bytes: 5000 } }));
  const [response]: IncomingMessage[] = await once(asked, "response");
  if (response === undefined) throw new Error("no response");
  const lines = createInterface({ input: response })[Symbol.asyncIterator]();
  return {
    status: response.statusCode ?? 0,
    next: async () => taskEvent.parse(JSON.parse((await lines.next()).value ?? "")),
    leave: () => void asked.destroy(),
  };
}

test("a task that runs alone waits for the others, and they for it; its caller hears of it all the time", async () => {
  const first = await send("first", false);
  expect(await first.next()).toEqual({ type: "progress", fraction: 0 });
  const alone = await send("alone", true);
  expect(await alone.next()).toEqual({ type: "waiting" });
  expect(await alone.next()).toEqual({ type: "waiting" });
  expect((await send("second", false)).status).toBe(409);
  first.leave();
  let event = await alone.next();
  while (event.type === "waiting") event = await alone.next();
  expect(event).toEqual({ type: "progress", fraction: 0 });
  expect((await send("third", false)).status).toBe(409);
  alone.leave();
  const health = await fetch(`${url}/healthz`);
  expect(await health.json()).toMatchObject({ status: "ok", encoder: expect.stringContaining("ffmpeg") });
});
