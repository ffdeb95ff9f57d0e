/** A database that is held by somebody else, as every route tells it: busy, not broken. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { refusalOf, type SendOptions, send } from "../../test/support/http.ts";
import { seedProducer } from "../../test/support/seed-producer.ts";

const locked = "D1_ERROR: database is locked: SQLITE_BUSY";

/** Requests that need the database, from sign-in to deep inside. */
const asked: [path: string, options?: SendOptions][] = [
  ["/v1/uploads"],
  ["/v1/uploads/upl_1"],
  ["/v1/uploads", { method: "POST", headers: { "Tus-Resumable": "1.0.0", "Upload-Length": "5" } }],
  [
    "/v1/uploads/upl_1",
    {
      method: "PATCH",
      body: "bytes",
      headers: {
        ...{ "Tus-Resumable": "1.0.0", "Upload-Offset": "0" },
        "Content-Type": "application/offset+octet-stream",
      },
    },
  ],
  ["/v1/uploads/upl_1", { method: "DELETE", headers: { "Tus-Resumable": "1.0.0" } }],
  ["/v1/assets"],
  ["/v1/assets?since=2026-01-01T00:00:00Z"],
  ["/v1/assets?deleted=true"],
  ["/v1/assets/ast_1"],
  ["/v1/assets/ast_1/proof"],
  ["/v1/assets/ast_1/retry", { method: "POST" }],
  ["/v1/assets/ast_1/encode", { body: { codecs: ["h264"] } }],
  ["/v1/assets/ast_1", { method: "DELETE" }],
  ["/v1/assets/ast_1/undelete", { method: "POST" }],
  ["/v1/titles"],
  ["/v1/titles?deleted=true"],
  ["/v1/titles/ttl_1"],
  ["/v1/titles/ttl_1", { method: "PATCH", body: { title: "New" } }],
  ["/v1/titles/ttl_1/undelete", { method: "POST" }],
  ["/v1/titles/ttl_1/policy"],
  ["/v1/titles/ttl_1/policy", { method: "PUT", body: { rules: [] } }],
  ["/v1/titles/ttl_1/policy", { method: "DELETE" }],
  ["/v1/titles/ttl_1/policy/versions"],
  ["/v1/titles/ttl_1/policy/explain?country=DE"],
  ["/v1/signing-keys"],
  ["/v1/signing-keys", { body: {} }],
  ["/v1/signing-keys/sgk_1", { method: "DELETE" }],
  ["/v1/ops/dead-letters"],
  ["/v1/ops/dead-letters/ded_1/rerun", { method: "POST" }],
  ["/v1/ops/gauges"],
  ["/v1/ops/scrub"],
  ["/v1/ops/alarms"],
  ["/v1/ops/alarms/sweep_fuse/end", { method: "POST" }],
  ["/v1/ops/epoch/adopt", { method: "POST" }],
  ["/v1/ops/unknown-objects"],
  ["/v1/ops/policy"],
  ["/v1/ops/pathways"],
  ["/v1/ops/republish", { method: "POST" }],
  ["/v1/ops/rebuild", { body: {} }],
];

/** Pages of the studio and of operators, which a browser opens with its cookie. */
const pages = ["/studio", "/studio/deleted", "/studio/titles/ttl_1", "/studio/assets/ast_1", "/ops"];

let key = "";

beforeEach(async () => {
  key = (await seedProducer(env, { isOperator: true })).key;
  vi.spyOn(console, "warn").mockReturnValue(undefined);
  vi.spyOn(console, "error").mockReturnValue(undefined);
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** From now on the database is locked for every statement, or for all but those that say who asks. */
function lockDatabase(but: RegExp | null): void {
  const { prepare, batch } = env.DB;
  const refuse = () => Promise.reject(new Error(locked));
  vi.spyOn(env.DB, "prepare").mockImplementation((sql) => {
    const statement = prepare.call(env.DB, sql);
    if (but?.test(sql)) return statement;
    const held = { all: refuse, run: refuse, raw: refuse, first: refuse, bind: () => held };
    return held as unknown as D1PreparedStatement;
  });
  vi.spyOn(env.DB, "batch").mockImplementation((statements) =>
    but === null || statements.some((one) => "all" in one) ? refuse() : batch.call(env.DB, statements),
  );
}

test.each(asked)("%s says that it is busy, whatever is locked", async (path, options = {}) => {
  for (const but of [null, /api_keys|sessions|is_operator/]) {
    lockDatabase(but);
    const response = await send(path, { ...options, key });
    expect(Number(response.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect(await refusalOf(response)).toEqual([503, "database_unavailable"]);
    vi.restoreAllMocks();
  }
});

test.each(pages)("%s tells a browser to come back by itself", async (path) => {
  const signedIn = await send("/studio/sign-in", {
    body: new URLSearchParams({ key }),
    headers: { Origin: "https://marquee.test" },
  });
  const headers = {
    Accept: "text/html",
    Cookie: signedIn.headers.get("Set-Cookie")?.split(";")[0] ?? "",
  };
  for (const but of [null, /sessions|is_operator/]) {
    lockDatabase(but);
    const response = await send(path, { headers });
    expect([response.status, response.headers.get("Retry-After")]).toEqual([503, "5"]);
    const html = await response.text();
    expect(html).toContain("database_unavailable");
    expect(html).toContain('<meta http-equiv="refresh" content="5"');
    vi.restoreAllMocks();
  }
});

test("where an upload is can't be told just now: locked, which no client takes for lost", async () => {
  lockDatabase(null);
  const response = await send("/v1/uploads/upl_1", {
    ...{ method: "HEAD", key },
    headers: { "Tus-Resumable": "1.0.0" },
  });
  expect([response.status, response.headers.get("Retry-After")]).toEqual([423, "5"]);
});

test("a lock that is gone in a moment is noticed by nobody", async () => {
  const { prepare } = env.DB;
  let refusals = 1;
  const refusing = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get: (_, name) => {
        if (name === "bind") return (...values: unknown[]) => refusing(statement.bind(...values));
        const value: unknown = Reflect.get(statement, name, statement);
        if (typeof value !== "function") return value;
        return (...args: unknown[]) =>
          refusals-- > 0 ? Promise.reject(new Error(locked)) : value.apply(statement, args);
      },
    });
  vi.spyOn(env.DB, "prepare").mockImplementation((sql) => refusing(prepare.call(env.DB, sql)));
  expect((await send("/v1/assets", { key })).status).toBe(200);
  expect(refusals).toBeLessThan(0);
});
