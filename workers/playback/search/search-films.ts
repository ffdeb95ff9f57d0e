/** The search for films by their titles, bounded in work whatever is typed: it ranks the newest hits only. */
import { z } from "zod";
import { BoundedMap } from "../../shared/bounded-map.ts";
import { splitSpaceless } from "../../shared/fold-text.ts";
import type { OpenClasses } from "../shelf/open-classes.ts";
import { type ClassRules, classRules, type FilmCard, filmCard } from "../shelf/shelf-objects.ts";
import { rankHits } from "./rank-hits.ts";
import { indexedWords, matchExpression } from "./search-terms.ts";

/** Most hits that one search looks at, the newest. */
const maxHits = 1000;

/** Most films that it offers; a person who needs more types another word. */
export const maxFound = 300;

/** Films on a page of hits. */
export const hitsPerPage = 30;

/** Rules held by their hash, which never change. */
const heldRules = new BoundedMap<string, ClassRules>(2000);

/** A page of what was found. `hits`: the number of films in all; `hasMore`: there may be more than these. */
export const foundFilms = z.object({ films: z.array(filmCard), hits: z.int(), hasMore: z.boolean() });

/** See {@link foundFilms}. */
export type FoundFilms = z.infer<typeof foundFilms>;

/**
 * Finds films whose titles have all `words` (folded, see `searchWords`), best first, and gives those of a page (from 1). Three
 * statements of some 2,000 rows at most.
 *
 * @throws Error when the search's database fails
 */
export async function searchFilms(
  env: Pick<Env, "SEARCH">,
  words: readonly string[],
  page: number,
  classes: OpenClasses,
): Promise<FoundFilms> {
  const indexed = indexedWords(words);
  const { results: hits } = await env.SEARCH.prepare(
    `SELECT s.rowid AS position, f.words, f.class FROM films_search s CROSS JOIN films f ON f.position = s.rowid
     WHERE films_search MATCH ?1 ORDER BY s.rowid DESC LIMIT ${maxHits}`,
  )
    .bind(matchExpression(indexed))
    .all<{ position: number; words: string; class: string }>();
  const rules = await readRules(env, new Set(hits.map((hit) => hit.class)));
  const unasked = words.filter((word) => !indexed.includes(word)).map(splitSpaceless);
  const open = hits.filter((hit) => {
    if (!unasked.every((word) => ` ${hit.words}`.includes(` ${word}`))) return false;
    const its = rules.get(hit.class);
    return its !== undefined && classes.isOpen(hit.class, its);
  });
  const found = rankHits(open, words.map(splitSpaceless).join(" ")).slice(0, maxFound);
  const wanted = found.slice((page - 1) * hitsPerPage, page * hitsPerPage).map(({ position }) => position);
  const hasMore = open.length > maxFound || hits.length === maxHits;
  return { films: await readCards(env, wanted), hits: found.length, hasMore };
}

async function readRules(
  env: Pick<Env, "SEARCH">,
  hashes: ReadonlySet<string>,
): Promise<Map<string, ClassRules>> {
  const rules = new Map<string, ClassRules>();
  for (const hash of hashes) {
    const held = heldRules.get(hash);
    if (held !== undefined) rules.set(hash, held);
  }
  const missing = [...hashes].filter((hash) => !rules.has(hash));
  if (missing.length === 0) return rules;
  const { results } = await env.SEARCH.prepare(
    "SELECT hash, rules FROM rights_classes WHERE hash IN (SELECT value FROM json_each(?1))",
  )
    .bind(JSON.stringify(missing))
    .all<{ hash: string; rules: string }>();
  for (const row of results) {
    const its = classRules.parse(JSON.parse(row.rules));
    rules.set(row.hash, its);
    heldRules.set(row.hash, its);
  }
  return rules;
}

async function readCards(env: Pick<Env, "SEARCH">, positions: readonly number[]): Promise<FilmCard[]> {
  if (positions.length === 0) return [];
  const { results } = await env.SEARCH.prepare(
    "SELECT position, card FROM films WHERE position IN (SELECT value FROM json_each(?1)) AND card <> ''",
  )
    .bind(JSON.stringify(positions))
    .all<{ position: number; card: string }>();
  const cards = new Map(results.map(({ position, card }) => [position, filmCard.parse(JSON.parse(card))]));
  return positions.flatMap((position) => cards.get(position) ?? []);
}
