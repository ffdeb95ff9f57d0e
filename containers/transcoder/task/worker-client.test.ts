/** The way back to a Worker that is busy, cut off or deaf: a real server, which answers as it is told. */
import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ClientPatience, WorkerClient } from "./worker-client.ts";

const patience: ClientPatience = { attempts: 3, pauseMs: 1, answerMs: 200, msPerByte: 0, busyMs: 60_000 };

let server: Server;
let url = "";
let answers: ((response: ServerResponse) => void)[] = [];
let asked = 0;

const silence = (): void => undefined;
const busy = (response: ServerResponse): void => {
  response.writeHead(503, { "Retry-After": "0" }).end("{}");
};
const broken = (response: ServerResponse): void => {
  response.writeHead(500).end("oops");
};
const cutOff = (response: ServerResponse): void => {
  response.writeHead(206, { "Content-Length": "5" }).write("by", () => response.destroy());
};
const whole = (response: ServerResponse): void => {
  response.writeHead(206).end("bytes");
};

beforeEach(async () => {
  answers = [];
  asked = 0;
  server = createServer((_request, response) => {
    asked += 1;
    (answers.shift() ?? whole)(response);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  url = `http://127.0.0.1:${address.port}/grant`;
});

afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function read(limits: Partial<ClientPatience> = {}): Promise<string> {
  const client = new WorkerClient(url, { env: {} }, new AbortController().signal, { ...patience, ...limits });
  return Buffer.from(await client.readSource(0, 5)).toString("utf8");
}

test("a server that takes a request and never answers is asked again, and given up after some tries", async () => {
  answers = [silence];
  expect(await read()).toBe("bytes");
  answers = [silence, silence, silence];
  await expect(read()).rejects.toMatchObject({ code: "storage_unreachable", retryable: true });
  expect(asked).toBe(5);
});

test("an answer that breaks off is asked for again", async () => {
  answers = [cutOff];
  expect(await read()).toBe("bytes");
});

test("a server that is busy is waited for, however often it says so", async () => {
  answers = Array.from({ length: 20 }, () => busy);
  expect(await read()).toBe("bytes");
  expect(asked).toBe(21);
});

test("one that is busy for too long counts as broken", async () => {
  answers = Array.from({ length: 20 }, () => busy);
  await expect(read({ busyMs: 0 })).rejects.toMatchObject({ code: "storage_unreachable" });
  answers = [broken, broken, broken];
  await expect(read()).rejects.toMatchObject({ log: "GET /source: 500 oops" });
  expect(asked).toBe(6);
});

test("the end of the task ends the wait", async () => {
  const leaving = new AbortController();
  answers = [silence];
  const client = new WorkerClient(url, { env: {} }, leaving.signal, patience);
  const reading = client.readSource(0, 5);
  leaving.abort(new Error("left"));
  await expect(reading).rejects.toThrow("left");
});
