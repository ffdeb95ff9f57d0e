import { env, exports } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { publishService } from "../../../test/support/publish.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";
import { feedEveryMs } from "../../playback/published/published-store.ts";
import { readPathways } from "../../playback/steering/pathway-cache.ts";

let operator = "";
let producer = "";

beforeAll(async () => {
  operator = (await seedProducer(env, { isOperator: true })).key;
  producer = (await seedProducer(env)).key;
});

async function call(method: string, id = "", body?: unknown, key = operator) {
  const response = await exports.default.fetch(
    `https://marquee.test/v1/ops/pathways${id === "" ? "" : `/${id}`}`,
    {
      method,
      headers: { Authorization: `Bearer ${key}` },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    },
  );
  const text = await response.text();
  const json: unknown = text === "" ? null : JSON.parse(text);
  return { status: response.status, json };
}

const onNet = { base_url: "https://cache.example/marquee/", countries: ["PT", "ES", "ES"], priority: 10 };

test("a pathway is made, read, changed, listed and deleted, and each change counts at once", async () => {
  const made = await call("PUT", "on-net", onNet);
  expect(made.status).toBe(201);
  expect(made.json).toMatchObject({
    id: "on-net",
    base_url: "https://cache.example/marquee",
    countries: ["ES", "PT"],
    asns: null,
    priority: 10,
    ttl_seconds: 300,
    enabled: true,
    created_at: expect.any(String),
  });
  const now = Date.now();
  expect(await readPathways(now)).toMatchObject([{ id: "on-net", baseUrl: "https://cache.example/marquee" }]);
  const changed = await call("PUT", "on-net", { ...onNet, asns: [3352], enabled: false });
  expect(changed).toMatchObject({ status: 200, json: { asns: [3352], enabled: false } });
  expect(await readPathways(now)).toEqual([]);
  expect(await call("GET", "on-net")).toMatchObject({ status: 200, json: { asns: [3352] } });
  expect(await call("GET")).toMatchObject({ status: 200, json: { pathways: [{ id: "on-net" }] } });
  expect((await call("DELETE", "on-net")).status).toBe(204);
  for (const method of ["GET", "DELETE"]) {
    expect(await call(method, "on-net")).toMatchObject({ status: 404, json: { code: "pathway_not_found" } });
  }
});

test("what an isolate holds is read again after its time, and a change made elsewhere is seen then", async () => {
  await call("PUT", "held", onNet);
  const now = Date.now();
  expect(await readPathways(now)).toHaveLength(1);
  await env.DB.prepare("DELETE FROM pathways").run();
  await publishService(env);
  expect(await readPathways(now + feedEveryMs - 1000)).toHaveLength(1);
  expect(await readPathways(now + feedEveryMs)).toEqual([]);
});

test("a database that can't be read does not stop a film", async () => {
  await call("PUT", "kept", onNet);
  const now = Date.now();
  expect(await readPathways(now)).toHaveLength(1);
  await env.DB.prepare("ALTER TABLE pathways RENAME TO out_of_reach").run();
  expect(await readPathways(now + feedEveryMs)).toHaveLength(1);
  await env.DB.prepare("ALTER TABLE out_of_reach RENAME TO pathways").run();
});

test.each([
  ["a base URL that is none", { base_url: "cache.example" }, "/base_url"],
  ["plain http over the internet", { base_url: "http://cache.example" }, "/base_url"],
  ["a user in the base URL", { base_url: "https://me:secret@cache.example" }, "/base_url"],
  ["a query in the base URL", { base_url: "https://cache.example/?" }, "/base_url"],
  ["another scheme", { base_url: "javascript:alert(1)" }, "/base_url"],
  ["no such country", { countries: ["ES", "QQ"] }, "/countries/1"],
  ["no country at all", { countries: [] }, "/countries"],
  ["a network that can't be", { asns: [0] }, "/asns/0"],
  ["no priority", { priority: undefined }, "/priority"],
  ["a time to live of nothing", { ttl_seconds: 0 }, "/ttl_seconds"],
])("%s is refused, with its place", async (_, change, pointer) => {
  const refused = await call("PUT", "bad", { ...onNet, ...change });
  expect(refused).toMatchObject({ status: 422, json: { code: "invalid_input", errors: [{ pointer }] } });
});

test("ids that players do not take, and the edge's own, are refused", async () => {
  for (const id of ["edge", "On-Net", "a b", "%2e%2e%2fx", "x".repeat(33)]) {
    expect(await call("PUT", encodeURIComponent(id), onNet), id).toMatchObject({
      status: 422,
      json: { code: "invalid_pathway_id" },
    });
  }
});

test("http is for this machine only", async () => {
  for (const base_url of [
    "http://127.0.0.1:9000",
    "http://localhost:9000",
    "http://on-net.localhost",
    "http://[::1]:1",
  ]) {
    expect((await call("PUT", "local", { ...onNet, base_url })).status, base_url).toBeLessThan(300);
  }
  for (const base_url of [
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "http://0.0.0.0",
  ]) {
    expect((await call("PUT", "local", { ...onNet, base_url })).status, base_url).toBe(422);
  }
  await call("DELETE", "local");
});

test("only operators come here", async () => {
  expect(await call("PUT", "mine", onNet, producer)).toMatchObject({
    status: 403,
    json: { code: "not_an_operator" },
  });
  expect(await call("POST", "mine", onNet)).toMatchObject({ status: 405 });
});
