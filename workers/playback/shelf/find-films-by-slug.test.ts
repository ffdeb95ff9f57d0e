/** A viewer's own choice of films, from what is really published in R2. */
import { env, exports } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, expect, test, vi } from "vitest";
import { publishHere } from "../../../test/support/publish-here.ts";
import { showOnShelf } from "../../../test/support/publish-shelf.ts";
import { seedFilm } from "../../../test/support/seed-film.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets, policyVersions, titles } from "../../catalog/schema.ts";
import { documentKeys, documentObject } from "../published/documents.ts";
import type { PolicyViewer } from "../viewer.ts";
import { findFilmsBySlug, mostSlugs } from "./find-films-by-slug.ts";
import { listFilms } from "./list-films.ts";

const german: PolicyViewer = { country: "DE", asn: null, isTor: false };
const french: PolicyViewer = { ...german, country: "FR" };
const now = Date.now();

afterEach(() => {
  vi.restoreAllMocks();
});

async function namesOf(viewer: PolicyViewer, slugs: string[]): Promise<string[]> {
  return (await findFilmsBySlug(viewer, slugs, now)).map(({ title }) => title);
}

test("films come in the order asked for, each once, as lists show them", async () => {
  const [one, two] = [await seedFilm(env, { title: "One" }), await seedFilm(env, { title: "Two" })];
  await publishHere(env, { titleIds: [one.titleId, two.titleId] });
  expect(await namesOf(german, [two.slug, one.slug, two.slug])).toEqual(["Two", "One"]);
  await showOnShelf(env);
  const listed = await listFilms(exports.Origin, german, { cursor: "", limit: 30 }, Date.now());
  const cards = await findFilmsBySlug(german, [two.slug, one.slug], now);
  for (const card of cards) expect(listed.films).toContainEqual(expect.objectContaining(card));
  expect(cards[0]?.poster).toEqual({
    folder: `/images/${two.assetId}/${two.posterKey}`,
    width: 1280,
    height: 720,
  });
});

test("only what this viewer may watch now is there", async () => {
  const here = await seedFilm(env, { title: "Here", allowedCountries: ["DE"] });
  const there = await seedFilm(env, { title: "There", blockedCountries: ["DE"] });
  const waiting = await seedFilm(env, { title: "Waiting", status: "preparing" });
  const gone = await seedFilm(env, { title: "Gone" });
  const small = await seedFilm(env, { title: "Small screens only" });
  const version = { version: 1, kind: "own" as const, producerId: "prd_1", createdAt: 0 };
  const db = openDatabase(env);
  const document = { rules: [{ name: "no picture fits", territories: ["DE"], max_height: 144 }] };
  await db.insert(policyVersions).values({ scope: small.titleId, document, ...version });
  await db.update(titles).set({ hasOwnPolicy: true, policyVersion: 1 }).where(eq(titles.id, small.titleId));
  await db.update(assets).set({ deletedAt: 5 }).where(eq(assets.id, gone.assetId));
  const films = [here, there, waiting, gone, small];
  await publishHere(env, { titleIds: films.map(({ titleId }) => titleId) });
  const slugs = films.map(({ slug }) => slug);
  expect(await namesOf(german, slugs)).toEqual(["Here"]);
  expect(await namesOf(french, slugs)).toEqual(["There", "Small screens only"]);
});

test("what a browser made up finds nothing, and costs no more than its bound", async () => {
  const film = await seedFilm(env, { title: "Last" });
  await publishHere(env, { titleIds: [film.titleId] });
  const odd = ["", "no-such-film", "../service", "a b", "%00", "x".repeat(5000), "__proto__"];
  expect(await findFilmsBySlug(german, odd, now)).toEqual([]);
  expect(await findFilmsBySlug(german, [], now)).toEqual([]);
  const many = Array.from({ length: 1000 }, (_, n) => `made-up-${n}`);
  const read = vi.spyOn(env.MEDIA, "get");
  expect(await namesOf(german, [...many, film.slug])).toEqual([]);
  expect(read.mock.calls.length).toBeLessThanOrEqual(2 * mostSlugs);
  expect(await namesOf(german, [...many.slice(0, mostSlugs - 1), film.slug])).toEqual(["Last"]);
});

test("no database is read, and one lost document takes no other film away", async () => {
  const films = [await seedFilm(env, { title: "Whole" }), await seedFilm(env, { title: "Lost" })];
  await publishHere(env, { titleIds: films.map(({ titleId }) => titleId) });
  const [whole, lost] = films.map(({ slug }) => slug);
  await env.MEDIA.delete(documentObject(documentKeys.slug(lost ?? "")));
  const logged = vi.spyOn(console, "error").mockReturnValue(undefined);
  const prepared = vi.spyOn(Object.getPrototypeOf(env.DB), "prepare");
  expect(await namesOf(german, [lost ?? "", whole ?? ""])).toEqual(["Whole"]);
  expect(logged).toHaveBeenCalled();
  await expect(findFilmsBySlug(german, [lost ?? ""], now)).rejects.toMatchObject({
    status: 503,
    code: "rules_unknown",
  });
  expect(prepared).not.toHaveBeenCalled();
});
