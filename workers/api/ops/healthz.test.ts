import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { faultyDatabase } from "../../faults/faulty-database.ts";
import { healthz, livez } from "./healthz.ts";

const ask = (changes: Partial<Env>) =>
  healthz.request("/", {}, { ...env, ...changes }, createExecutionContext());

test("in the cloud the transcoder is not started just to be asked", async () => {
  const response = await ask({ TRANSCODER_URL: "" });
  expect(response.status).toBe(200);
  expect(await response.json()).toMatchObject({
    status: "ok",
    checks: { database: { state: "ok" }, storage: { state: "ok" }, transcoder: { state: "on_demand" } },
  });
});

test("a transcoder that can't be reached makes it 503, and says which one failed", async () => {
  const response = await ask({ TRANSCODER_URL: "http://127.0.0.1:9" });
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    status: "failed",
    checks: { database: { state: "ok" }, transcoder: { state: "failed" } },
  });
});

test("the Worker lives whatever else does not", async () => {
  const DB = faultyDatabase(
    env.DB,
    async () => null,
    async () => "unreachable",
  );
  const alone = { ...env, DB, TRANSCODER_URL: "http://127.0.0.1:9" };
  expect((await livez.request("/", {}, alone, createExecutionContext())).status).toBe(200);
  expect((await healthz.request("/", {}, alone, createExecutionContext())).status).toBe(503);
});
