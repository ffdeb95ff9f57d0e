/** Requests a minute, counted by Cloudflare's own binding, or by one in the test's hands where the limit is high. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { refusalOf } from "../../test/support/http.ts";
import { seedProducer } from "../../test/support/seed-producer.ts";
import worker from "../index.ts";
import { rateLimits } from "../shared/rate-limits.ts";
import { countRequest } from "./count-requests.ts";

/** Counts like the binding, but each key up to `most` for ever. */
function limiter(most: number): RateLimit & { keys: Map<string, number> } {
  const keys = new Map<string, number>();
  return {
    keys,
    limit: async ({ key }) => {
      keys.set(key, (keys.get(key) ?? 0) + 1);
      return { success: (keys.get(key) ?? 0) <= most };
    },
  };
}

const on: Env = { ...env, RATE_LIMITS: "on" };

async function ask(bindings: Env, path: string, init: RequestInit = {}, address = "203.0.113.7") {
  const context = createExecutionContext();
  const headers = new Headers(init.headers);
  headers.set("CF-Connecting-IP", address);
  const request = new Request(`https://marquee.test${path}`, { redirect: "manual", ...init, headers });
  const response = await worker.fetch(request as Parameters<typeof worker.fetch>[0], bindings, context);
  await waitOnExecutionContext(context);
  return response;
}

const signIn = (key: string, address: string) => ({
  path: "/studio/sign-in",
  init: {
    method: "POST",
    body: new URLSearchParams({ key }),
    headers: { "Sec-Fetch-Site": "same-origin", Accept: "text/html" },
  },
  address,
});

afterEach(() => {
  vi.restoreAllMocks();
});

test("tries to sign in are few a minute from one address, and each that fails is logged", async () => {
  const warned = vi.spyOn(console, "warn").mockReturnValue();
  const logged = vi.spyOn(console, "log").mockReturnValue();
  const answers: Response[] = [];
  // Twice the limit and more, because a minute may end meanwhile.
  for (let n = 0; n < 2 * rateLimits.sign_in.requests + 2; n++) {
    const { path, init, address } = signIn("mqk_wrong_wrong", "203.0.113.99");
    answers.push(await ask(on, path, init, address));
  }
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(answers.filter(({ status }) => status === 401).length).toBeGreaterThanOrEqual(20);
  const [first] = refused;
  expect(first?.headers.get("RateLimit-Policy")).toBe('"sign_in";q=20;w=60');
  expect(first?.headers.get("RateLimit")).toMatch(/^"sign_in";r=0;t=\d+$/);
  expect(Number(first?.headers.get("Retry-After"))).toBeGreaterThan(0);
  expect(await first?.text()).toContain("rate_limited");
  expect(logged).toHaveBeenCalledWith(JSON.stringify({ event: "sign_in_refused", address: "203.0.113.99" }));
  expect(warned).toHaveBeenCalledWith("too many sign-ins", "203.0.113.99");
  const { path, init } = signIn("mqk_wrong_wrong", "");
  expect((await ask(on, path, init, "203.0.113.98")).status).toBe(401);
});

test("a key, a producer with many keys, and an address have limits of their own", async () => {
  const { key } = await seedProducer(env);
  const bearer = { headers: { Authorization: `Bearer ${key}` } };
  for (const name of ["RATE_KEY", "RATE_ACCOUNT", "RATE_ADDRESS"] as const) {
    const counter = limiter(2);
    const bindings = { ...on, [name]: counter };
    expect((await ask(bindings, "/v1/assets", bearer)).status).toBe(200);
    expect((await ask(bindings, "/v1/titles", bearer)).status).toBe(200);
    const refused = await ask(bindings, "/v1/assets", bearer);
    expect(refused.headers.get("Retry-After")).toMatch(/^\d+$/);
    expect(await refusalOf(refused)).toEqual([429, "rate_limited"]);
    // A key's name is not its secret.
    for (const counted of counter.keys.keys()) expect(counted).not.toContain(key);
  }
  const other = await seedProducer(env);
  const counter = limiter(1);
  expect((await ask({ ...on, RATE_ACCOUNT: counter }, "/v1/assets", bearer)).status).toBe(200);
  const others = { headers: { Authorization: `Bearer ${other.key}` } };
  expect((await ask({ ...on, RATE_ACCOUNT: counter }, "/v1/assets", others)).status).toBe(200);
});

test("wrong keys from an address are few a minute, and right ones from there still open", async () => {
  const { key } = await seedProducer(env);
  const bindings = { ...on, RATE_WRONG_KEY: limiter(3) };
  const wrong = (n: number) =>
    ask(bindings, "/v1/assets", { headers: { Authorization: `Bearer mqk_wrong_${n}` } });
  for (let n = 0; n < 3; n++) expect((await wrong(n)).status).toBe(401);
  expect(await refusalOf(await wrong(3))).toEqual([429, "rate_limited"]);
  const right = await ask(bindings, "/v1/assets", { headers: { Authorization: `Bearer ${key}` } });
  expect(right.status).toBe(200);
});

test.each([
  ["RATE_PLAYBACK", "/v1/playback", { method: "POST", body: '{"title":"none"}' }],
  ["RATE_IMAGES", "/images/ast_none/poster/poster-640.jpg", {}],
] as const)("viewers are limited by address: %s", async (name, path, init) => {
  const bindings = { ...on, [name]: limiter(1) };
  expect((await ask(bindings, path, init)).status).toBe(404);
  const refused = await ask(bindings, path, init);
  expect(refused.headers.get("Access-Control-Allow-Origin")).toBe("*");
  expect(await refusalOf(refused)).toEqual([429, "rate_limited"]);
  expect((await ask(bindings, path, init, "2001:db8::1")).status).toBe(404);
  expect((await ask(bindings, path, init, "2001:db8::2")).status).toBe(429);
});

test("uploads from pages of other origins can read why they have to wait", async () => {
  const { key } = await seedProducer(env);
  const bindings = { ...on, RATE_KEY: limiter(0) };
  const headers = { Authorization: `Bearer ${key}`, "Tus-Resumable": "1.0.0", "Upload-Length": "5" };
  const refused = await ask(bindings, "/v1/uploads", { method: "POST", headers });
  expect(refused.status).toBe(429);
  expect(refused.headers.get("Access-Control-Allow-Origin")).toBe("*");
  expect(refused.headers.get("Access-Control-Expose-Headers")).toContain("Retry-After");
});

test("nothing is limited where limits are off, where nobody says who asks, or while nobody counts", async () => {
  const warned = vi.spyOn(console, "warn").mockReturnValue();
  const away = {
    limit: () => Promise.reject(new Error("away")),
  } as RateLimit;
  await countRequest({ ...on, RATE_KEY: limiter(0) }, "key", null, 0);
  await countRequest({ ...on, RATE_LIMITS: "off", RATE_KEY: limiter(0) }, "key", "k", 0);
  await countRequest({ ...on, RATE_KEY: away }, "key", "k", 0);
  expect(warned).toHaveBeenCalledTimes(1);
});
