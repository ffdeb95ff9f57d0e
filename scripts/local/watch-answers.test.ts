import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, beforeEach, expect, test } from "vitest";
import { freePort } from "./free-port.ts";
import { type Watch, watchAnswers } from "./watch-answers.ts";

let leaving: AbortController;
let server: Server;
let port = 0;
let mode: "error" | "silent" = "error";
let asked = 0;
let startedAt = 0;
/** How often it had been asked each time that it was reported. */
let hung: number[] = [];
let onAsk: () => void = () => undefined;

beforeEach(async () => {
  leaving = new AbortController();
  [mode, asked, startedAt, hung] = ["error", 0, 0, []];
  server = createServer((_request, response) => {
    asked += 1;
    if (mode === "error") response.writeHead(503).end();
    onAsk();
  });
  port = await freePort();
});

afterEach(() => {
  leaving.abort();
  server.closeAllConnections();
  server.close();
});

/** @returns a function that waits until it was asked so often */
function watch(over: Partial<Watch> = {}): (times: number) => Promise<void> {
  void watchAnswers(
    {
      ...{ url: `http://127.0.0.1:${port}`, everyMs: 1, answerMs: 300, patience: 3, startMs: 60_000 },
      startedAt: () => startedAt,
      onHung: () => void hung.push(asked),
      ...over,
    },
    leaving.signal,
  );
  return (times) =>
    new Promise((resolve) => {
      onAsk = () => {
        if (asked >= times) resolve();
      };
      onAsk();
    });
}

async function listen(): Promise<void> {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
}

test("a server that takes connections and never answers is reported; one that answers or is down is not", async () => {
  const untilAsked = watch(); // nobody listens yet
  await listen();
  await untilAsked(5);
  expect(hung).toEqual([]);
  mode = "silent";
  const answered = asked;
  await untilAsked(answered + 6);
  expect(hung[0]).toBeGreaterThanOrEqual(answered + 3);
});

test("one that has just been started is given its time, and no more", async () => {
  mode = "silent";
  await listen();
  startedAt = Date.now() + 1000;
  const untilAsked = watch();
  await untilAsked(8);
  expect(hung).toEqual([]);
  startedAt = Date.now() - 60_001;
  const late = asked;
  await untilAsked(late + 5);
  expect(hung.length).toBeGreaterThan(0);
});
