import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { seedFilm } from "../../test/support/seed-film.ts";
import { openDatabase } from "./database.ts";
import { titles } from "./schema.ts";
import { searchTitles } from "./search-titles.ts";

const all = () => true;
const find = async (input: string) => (await searchTitles(env, input, all)).map((hit) => hit.title);

beforeAll(async () => {
  for (const title of [
    "Les Misérables",
    "The Third Man",
    "Man on the Moon",
    "東京物語",
    'Amélie — 100% "life"',
    "कागज़ के फूल",
  ]) {
    await seedFilm(env, { title });
  }
  await seedFilm(env, { title: "Unfinished Man", status: "preparing" });
});

test("finds words in any case, without diacritics, by prefix, in any order", async () => {
  expect(await find("miserables")).toEqual(["Les Misérables"]);
  expect(await find("MISÉR")).toEqual(["Les Misérables"]);
  expect(await find("man third")).toEqual(["The Third Man"]);
  expect((await find("man")).toSorted()).toEqual(["Man on the Moon", "The Third Man"]);
  expect(await find("東京")).toEqual(["東京物語"]);
  expect(await find("कागज़")).toEqual(["कागज़ के फूल"]);
  expect(await find("man zebra")).toEqual([]);
});

test("shows only what the caller's rule lets through", async () => {
  const hits = await searchTitles(env, "man", (title) => title.title !== "Man on the Moon");
  expect(hits.map((hit) => hit.title)).toEqual(["The Third Man"]);
});

test("a changed title is found by its new words only, a deleted one by none", async () => {
  const film = await seedFilm(env, { title: "Before" });
  const db = openDatabase(env);
  await db.update(titles).set({ title: "Afterwards" }).where(eq(titles.id, film.titleId));
  expect(await find("before")).toEqual([]);
  expect(await find("afterwards")).toEqual(["Afterwards"]);
  await db.delete(titles).where(eq(titles.id, film.titleId));
  expect(await find("afterwards")).toEqual([]);
});

test("operators, quotes and floods are words or nothing, never an error", async () => {
  for (const input of [
    '"',
    '""',
    "*",
    "man AND",
    "NOT",
    "NEAR(man, 2)",
    "title:man",
    "man*",
    "^man",
    "-man",
    "(",
    "'; drop table titles; --",
  ]) {
    await expect(find(input)).resolves.toBeInstanceOf(Array);
  }
  expect(await find("man OR amelie")).toEqual([]);
  expect(await find("")).toEqual([]);
  expect(await find('"100%" life!')).toEqual(['Amélie — 100% "life"']);
  expect(await find("x".repeat(10_240))).toEqual([]);
  expect(await find("man ".repeat(2560))).toHaveLength(2);
});

test("any text at all can be searched for", async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: "binary", maxLength: 60 }), async (input) => {
      await find(input);
    }),
    { numRuns: 150 },
  );
});
