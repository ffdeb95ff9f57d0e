import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { type SendOptions, send } from "../../../test/support/http.ts";
import { seedFilm } from "../../../test/support/seed-film.ts";
import { seedProducer } from "../../../test/support/seed-producer.ts";

let mine: { producerId: string; key: string };
let titleId: string;
let slug: string;

beforeAll(async () => {
  mine = await seedProducer(env);
  const film = await seedFilm(env, { producerId: mine.producerId, title: "Before" });
  titleId = film.titleId;
  slug = film.slug;
});

const call = (path: string, options: SendOptions = {}, key = mine.key) =>
  send(`/v1/titles${path}`, { ...options, key });

const patch = (body: unknown, key?: string) =>
  call(`/${titleId}`, { method: "PATCH", body: typeof body === "string" ? body : JSON.stringify(body) }, key);

interface Refusal {
  code: string;
  errors?: { pointer: string; detail: string }[];
}

test("a title can be read, listed and changed in part", async () => {
  const before = await (await call(`/${titleId}`)).json<Record<string, unknown>>();
  expect(before).toMatchObject({
    id: titleId,
    slug,
    title: "Before",
    kind: "movie",
    allowed_countries: null,
  });
  const changed = await patch({ title: "  Après \n  vous ", language: "pt-br" });
  expect(changed.status).toBe(200);
  expect(await changed.json()).toMatchObject({
    title: "Après vous",
    language: "pt-BR",
    allowed_countries: null,
    blocked_countries: [],
    slug, // links keep working
  });
  const list = await (await call("?limit=1")).json<{
    titles: { id: string }[];
    next_cursor: string | null;
  }>();
  expect(list).toMatchObject({ titles: [{ id: titleId }], next_cursor: null });
});

test("countries are upper-cased, deduplicated and sorted", async () => {
  const response = await patch({ allowed_countries: ["fr", "DE", "FR", "de"], blocked_countries: ["us"] });
  expect(await response.json()).toMatchObject({ allowed_countries: ["DE", "FR"], blocked_countries: ["US"] });
  const cleared = await patch({ allowed_countries: null, blocked_countries: [] });
  expect(await cleared.json()).toMatchObject({ allowed_countries: null, blocked_countries: [] });
});

test.each([
  [{ allowed_countries: ["DE", "UK"] }, "/allowed_countries/1"],
  [{ allowed_countries: ["DE", "XX"] }, "/allowed_countries/1"],
  [{ blocked_countries: ["Germany"] }, "/blocked_countries/0"],
  [{ blocked_countries: [7] }, "/blocked_countries/0"],
  [{ allowed_countries: [] }, "/allowed_countries"],
  [{ allowed_countries: "DE" }, "/allowed_countries"],
  [{ blocked_countries: null }, "/blocked_countries"],
  [{ title: "   " }, "/title"],
  [{ title: "x".repeat(201) }, "/title"],
  [{ title: null }, "/title"],
  [{ title: "a\u0000b" }, "/title"],
  [{ title: "\u001b[31mred" }, "/title"],
  [{ title: "half \ud800" }, "/title"],
  [{ title: "\u200b\u3164" }, "/title"],
  [{ allowed_countries: ["ß"] }, "/allowed_countries/0"],
  [{ language: "not a tag" }, "/language"],
  [{ language: "e" }, "/language"],
  [{ slug: "mine" }, ""],
  [[], ""],
])("%j is refused at %s", async (body, pointer) => {
  const response = await patch(body);
  expect(response.status).toBe(422);
  const problem = await response.json<Refusal>();
  expect(problem.code).toBe("invalid_input");
  expect(problem.errors?.map((error) => error.pointer)).toContain(pointer);
});

test("what is not JSON, or too much of it, is refused", async () => {
  expect((await patch("{")).status).toBe(400);
  expect((await patch(`{"title":"${"x".repeat(300_000)}"}`)).status).toBe(413);
});

test("another producer's title does not exist, and stays as it is", async () => {
  const other = await seedProducer(env);
  expect((await call(`/${titleId}`, {}, other.key)).status).toBe(404);
  const response = await patch({ title: "Mine now" }, other.key);
  expect([response.status, (await response.json<Refusal>()).code]).toEqual([404, "title_not_found"]);
  expect(await (await call(`/${titleId}`)).json()).toMatchObject({ title: "Après vous" });
});

test("a title is neither made nor deleted here", async () => {
  for (const [method, path, allowed] of [
    ["POST", "", "GET, HEAD"],
    ["DELETE", `/${titleId}`, "GET, HEAD, PATCH"],
  ] as const) {
    const response = await call(path, { method });
    expect([response.status, (await response.json<Refusal>()).code]).toEqual([405, "method_not_allowed"]);
    expect(response.headers.get("Allow")).toBe(allowed);
  }
});

test("a title names the pages that may play it", async () => {
  expect(await (await call(`/${titleId}`)).json()).toMatchObject({
    allowed_origins: null,
    allows_native_players: true,
  });
  const rule = {
    allowed_origins: ["https://partner.example", "https://*.partner.example"],
    allows_native_players: false,
  };
  const response = await patch({
    ...rule,
    allowed_origins: [...rule.allowed_origins, ...rule.allowed_origins],
  });
  expect(await response.json()).toMatchObject(rule);
  for (const allowed_origins of [
    ["partner.example"],
    ["https://partner.example/"],
    ["*"],
    "https://a.example",
  ]) {
    const refused = await patch({ allowed_origins });
    expect([refused.status, (await refused.json<Refusal>()).code]).toEqual([422, "invalid_input"]);
  }
  expect(await (await patch({ allowed_origins: null })).json()).toMatchObject({ allowed_origins: null });
});

test("a title can't turn what stands behind it on a page", async () => {
  const changed = await patch({ title: "\u202eRan\u2066 1985\u2069" });
  expect(await changed.json()).toMatchObject({ title: "Ran 1985" });
  expect((await patch({ title: "\u202e" })).status).toBe(422);
});
