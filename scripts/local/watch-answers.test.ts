import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { afterEach, expect, test } from "vitest";
import { freePort } from "./free-port.ts";
import { watchAnswers } from "./watch-answers.ts";

const leaving = new AbortController();
let server: Server | undefined;

afterEach(() => {
  leaving.abort();
  server?.closeAllConnections();
  server?.close();
});

test("a server that takes connections and never answers is reported; one that answers or is down is not", async () => {
  let mode: "error" | "silent" = "error";
  let asked = 0;
  const asks = Promise.withResolvers<void>();
  server = createServer((_request, response) => {
    asked += 1;
    if (mode === "error") response.writeHead(503).end();
    if (asked === 5) asks.resolve();
  });
  const port = await freePort();
  const hung: number[] = [];
  const reported = Promise.withResolvers<void>();
  const watch = { url: `http://127.0.0.1:${port}`, everyMs: 1, answerMs: 50, patience: 3 };
  const onHung = () => {
    hung.push(asked);
    reported.resolve();
  };
  const watching = watchAnswers({ ...watch, onHung }, leaving.signal); // nobody listens yet
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  await asks.promise;
  expect(hung).toEqual([]);
  mode = "silent";
  const answered = asked;
  await reported.promise;
  expect(hung[0]).toBeGreaterThanOrEqual(answered + watch.patience);
  leaving.abort();
  await watching;
});
