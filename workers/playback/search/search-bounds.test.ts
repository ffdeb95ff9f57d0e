/** The work of a search on 50,000 titles, as D1 counts it. */
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { classOf, rulesOfTitle } from "../shelf/shelf-objects.ts";
import { answerSearch } from "./answer-search.ts";

const library = 50_000;
const chunk = 5_000;

/** Words of which every title has some, as titles of a real library do. */
const words = ["the", "story", "of", "summer", "the", "secret", "house", "night", "stone", "garden"];

let rowsRead = 0;
let statements = 0;

beforeAll(async () => {
  const rules = rulesOfTitle({
    allowedCountries: null,
    blockedCountries: ["NZ"],
    hasOwnPolicy: false,
    policy: null,
  });
  const name = await classOf(rules);
  await env.SEARCH.prepare("INSERT INTO rights_classes VALUES (?1, ?2)")
    .bind(name, JSON.stringify(rules))
    .run();
  for (let from = 0; from < library; from += chunk) {
    const rows = Array.from({ length: chunk }, (_, at) => {
      const position = from + at;
      const title = `${words.slice(position % 7).join(" ")} ${position}`;
      const card = { slug: `f-${position}`, title, assetId: "ast_1", durationSeconds: 60, poster: null };
      return { position, id: `ttl_${position}`, words: title, card: JSON.stringify(card) };
    });
    await env.SEARCH.prepare(
      `INSERT INTO films SELECT value ->> 'position', value ->> 'id', value ->> 'words', ?2, value ->> 'card', 1
       FROM json_each(?1)`,
    )
      .bind(JSON.stringify(rows), name)
      .run();
  }
});

/** The same database, counting what its statements read. */
function counted(database: D1Database): D1Database {
  const wrap = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, name) {
        if (name === "bind") return (...values: unknown[]) => wrap(target.bind(...values));
        if (name !== "all") return Reflect.get(target, name, target);
        return async () => {
          const result = await target.all();
          rowsRead += result.meta.rows_read;
          statements += 1;
          return result;
        };
      },
    });
  return new Proxy(database, {
    get: (target, name) =>
      name === "prepare" ? (query: string) => wrap(target.prepare(query)) : Reflect.get(target, name, target),
  });
}

async function search(query: string, viewerClass = "DE", page = 1) {
  rowsRead = 0;
  statements = 0;
  const url = new URL(`http://origin/search/0/${viewerClass}/${page}`);
  url.searchParams.set("q", query);
  const response = await answerSearch({ ...env, SEARCH: counted(env.SEARCH) }, url, Date.now());
  if (response === null) return null;
  return await response.json<{ films: { title: string }[]; hits: number; hasMore: boolean }>();
}

test("a search for the commonest words reads 5,000 rows at most, and counts up to 300 films", async () => {
  for (const query of [
    "the",
    "st",
    "th",
    "summer house",
    words.join(" "),
    "the secret garden of the night",
  ]) {
    const found = await search(query);
    expect(found, query).toMatchObject({ hits: 300, hasMore: true });
    expect(found?.films, query).toHaveLength(30);
    expect(rowsRead, query).toBeLessThanOrEqual(5_000);
    expect(statements, query).toBeLessThanOrEqual(3);
  }
});

test("where nothing is open, or nothing matches, it reads no more", async () => {
  expect(await search("the", "NZ")).toEqual({ films: [], hits: 0, hasMore: true });
  expect(rowsRead).toBeLessThanOrEqual(5_000);
  expect(await search("zebra")).toEqual({ films: [], hits: 0, hasMore: false });
  expect(rowsRead).toBeLessThanOrEqual(100);
  expect(await search("49999")).toMatchObject({ hits: 1, hasMore: false });
});

test("single letters are no search", async () => {
  for (const query of ["s", "a b c", "", "\"*'"]) expect(await search(query), query).toBeNull();
});

test("pages of hits go on without repeating, and end", async () => {
  const seen = new Set<string>();
  for (let page = 1; page <= 10; page++) {
    for (const film of (await search("the", "DE", page))?.films ?? []) seen.add(film.title);
  }
  expect(seen.size).toBe(300);
  expect((await search("the", "DE", 11))?.films).toEqual([]);
});
