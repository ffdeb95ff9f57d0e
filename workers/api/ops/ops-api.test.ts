import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { type SendOptions, send } from "../../../test/support/http.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { faultyDatabase } from "../../faults/faulty-database.ts";
import { consumeDeadLetters, rerunDeadLetter } from "../../pipeline/queues/dead-letters.ts";

let key = "";

beforeAll(async () => {
  key = (await seedProducer(env, { isOperator: true })).key;
});

interface Letter {
  id: string;
  queue: string | null;
  body: unknown;
  rerun_at: string | null;
}

const call = (path: string, options: SendOptions = {}, bearer = key) =>
  send(`/v1/ops/dead-letters${path}`, { ...options, key: bearer });

async function deliver(bodies: unknown[], bindings: Env = env) {
  const batch = createMessageBatch(
    "marquee-dead-letters",
    bodies.map((body, n) => ({ id: `m${n}`, timestamp: new Date(1000 + n), attempts: 1, body })),
  );
  await consumeDeadLetters(batch, bindings);
  return await getQueueResult(batch, createExecutionContext());
}

const notification = {
  account: "a",
  action: "PutObject",
  bucket: "marquee-sources",
  object: { key: "sources/upl_none", size: 1, eTag: "e" },
  eventTime: "2026-01-01T00:00:00Z",
};

test("dead letters are kept, listed newest first in pages, and say which queue they were for", async () => {
  await deliver([{ taskId: "ast_1.0.inspect.0" }, notification, "neither"]);
  const first = await (await call("?limit=2")).json<{ dead_letters: Letter[]; next_cursor: string }>();
  expect(first.dead_letters.map(({ queue }) => queue)).toEqual([null, "marquee-ingest"]);
  const rest = await (await call(`?limit=2&cursor=${first.next_cursor}`)).json<{
    dead_letters: Letter[];
    next_cursor: null;
  }>();
  expect(rest.dead_letters.map(({ body }) => body)).toEqual([{ taskId: "ast_1.0.inspect.0" }]);
  expect(rest.next_cursor).toBeNull();
});

test("one is sent again to the queue it was for; what is for none is refused in words", async () => {
  const { dead_letters: letters } = await (await call("")).json<{ dead_letters: Letter[] }>();
  const sent: [string, unknown][] = [];
  const queue = (name: string): Queue => ({
    metrics: () => env.INGEST_QUEUE.metrics(),
    sendBatch: () => Promise.reject(new Error("not here")),
    send: async (body) => {
      sent.push([name, body]);
      return { metadata: { metrics: await env.INGEST_QUEUE.metrics() } };
    },
  });
  const bindings = { ...env, INGEST_QUEUE: queue("ingest"), TRANSCODE_QUEUE: queue("transcode") };
  for (const { id } of letters) await rerunDeadLetter(bindings, id, 5000);
  expect(sent).toEqual([
    ["ingest", notification],
    ["transcode", { taskId: "ast_1.0.inspect.0" }],
  ]);
  const refused = await call(`/${letters[0]?.id}/rerun`, { method: "POST" });
  expect(refused.status).toBe(422);
  expect(await refused.json()).toMatchObject({ code: "not_rerunnable" });
  const again = await call(`/${letters[1]?.id}/rerun`, { method: "POST" });
  expect(again.status).toBe(202);
  expect((await again.json<Letter>()).rerun_at).not.toBeNull();
});

test("a letter that could not be kept comes again; the others of its batch are kept", async () => {
  const answers = [null, "fail", null];
  const bindings = { ...env, DB: faultyDatabase(env.DB, async () => answers.shift() ?? null) };
  const result = await deliver([{ taskId: "1" }, { taskId: "2" }, { taskId: "3" }], bindings);
  expect(result.explicitAcks).toEqual(["m0", "m2"]);
  expect(result.retryMessages).toMatchObject([{ msgId: "m1" }]);
});

test("without a key there is nothing, and an unknown letter is 404", async () => {
  expect((await call("", {}, "mqk_not_a_key")).status).toBe(401);
  expect((await call("/ded_none/rerun", { method: "POST" }, "mqk_not_a_key")).status).toBe(401);
  const missing = await call("/ded_none/rerun", { method: "POST" });
  expect(missing.status).toBe(404);
  expect(await missing.json()).toMatchObject({ code: "dead_letter_not_found" });
});

test("a producer who is no operator sees nothing of it", async () => {
  const { key: other } = await seedProducer(env);
  for (const [path, method] of [
    ["", "GET"],
    ["/ded_1/rerun", "POST"],
  ] as const) {
    const response = await call(path, { method }, other);
    expect(response.status).toBe(403);
    expect(await response.json()).toMatchObject({ code: "not_an_operator" });
  }
});
