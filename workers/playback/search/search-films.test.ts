import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { showOnShelf } from "../../../test/support/publish-shelf.ts";
import { seedFilm } from "../../../test/support/seed-film.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, titles } from "../../catalog/schema.ts";
import { openClasses } from "../shelf/open-classes.ts";
import type { PolicyViewer } from "../viewer.ts";
import { searchFilms } from "./search-films.ts";
import { isSearchable, searchWords } from "./search-terms.ts";

const german: PolicyViewer = { country: "DE", asn: null, isTor: false };

async function find(input: string, viewer = german): Promise<string[]> {
  const words = searchWords(input);
  if (!isSearchable(words)) return [];
  const classes = openClasses({ version: 0, policy: { rules: [] } }, viewer, Date.now());
  return (await searchFilms(env, words, 1, classes)).films.map((hit) => hit.title);
}

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
  await seedFilm(env, { title: "باب الحديد" });
  await seedFilm(env, { title: "Lost Highway", allowedCountries: ["US"] });
  await seedFilm(env, { title: "Unfinished Man", status: "preparing" });
  await showOnShelf(env);
});

test("finds words in any case, without diacritics, by prefix, in any order", async () => {
  expect(await find("miserables")).toEqual(["Les Misérables"]);
  expect(await find("MISÉR")).toEqual(["Les Misérables"]);
  expect(await find("man third")).toEqual(["The Third Man"]);
  expect((await find("man")).toSorted()).toEqual(["Man on the Moon", "The Third Man"]);
  expect(await find("東京")).toEqual(["東京物語"]);
  expect(await find("物語")).toEqual(["東京物語"]);
  expect(await find("京")).toEqual(["東京物語"]);
  expect(await find("京東")).toEqual([]);
  expect(await find("कागज़")).toEqual(["कागज़ के फूल"]);
  expect(await find("بَاب الحديد")).toEqual(["باب الحديد"]);
  expect(await find("man zebra")).toEqual([]);
});

test("the exact title comes first, then titles that begin so", async () => {
  for (const title of ["Dark of the Moon", "The Moon", "Moon", "Moonrise"]) await seedFilm(env, { title });
  await showOnShelf(env);
  expect(await find("moon")).toEqual(["Moon", "The Moon", "Dark of the Moon", "Man on the Moon", "Moonrise"]);
});

test("words that most titles have still count", async () => {
  expect(await find("the third")).toEqual(["The Third Man"]);
  expect(await find("of the third")).toEqual([]);
  expect((await find("on the")).toSorted()).toEqual(["Man on the Moon"]);
});

test("shows only what the viewer may watch", async () => {
  expect(await find("highway")).toEqual([]);
  expect(await find("highway", { ...german, country: "US" })).toEqual(["Lost Highway"]);
});

test("a changed title is found by its new words only, a deleted one by none", async () => {
  const film = await seedFilm(env, { title: "Before" });
  const db = openDatabase(env);
  await showOnShelf(env);
  expect(await find("before")).toEqual(["Before"]);
  await db.update(titles).set({ title: "Afterwards" }).where(eq(titles.id, film.titleId));
  await showOnShelf(env);
  expect(await find("before")).toEqual([]);
  expect(await find("afterwards")).toEqual(["Afterwards"]);
  await db.update(assets).set({ deletedAt: 1 }).where(eq(assets.id, film.assetId));
  await showOnShelf(env);
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
