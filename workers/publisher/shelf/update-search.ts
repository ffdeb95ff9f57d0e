/** Brings the search's database up to date with some changes of the catalogue. */
import { and, isNotNull } from "drizzle-orm";
import { type Change, newestChange } from "../../catalog/changes.ts";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { titles } from "../../catalog/schema.ts";
import { foldWords, splitSpaceless } from "../../shared/fold-text.ts";
import { changedTitles } from "./follow-titles.ts";
import { isOneOf, readShelved } from "./read-shelved.ts";

/** Rows come as one JSON parameter, because D1 allows 100 parameters a statement. */
const upsertFilms = `INSERT INTO films (position, title_id, words, class, card, seq)
  SELECT value ->> 'position', value ->> 'titleId', value ->> 'words', value ->> 'class', value ->> 'card', ?2
  FROM json_each(?1) WHERE true
  ON CONFLICT (position) DO UPDATE SET title_id = excluded.title_id, words = excluded.words, class = excluded.class,
    card = excluded.card, seq = excluded.seq
  WHERE excluded.seq >= films.seq`;

const insertClasses = `INSERT INTO rights_classes (hash, rules)
  SELECT value ->> 'hash', value ->> 'rules' FROM json_each(?1) WHERE true ON CONFLICT DO NOTHING`;

const clearFilms = `UPDATE films SET words = '', class = '', card = '', seq = ?2
  WHERE title_id IN (SELECT value FROM json_each(?1)) AND seq <= ?2`;

/** Writes the rows of all titles that changes are about. Safe to repeat, and at the same time. */
export async function updateSearch(env: Pick<Env, "DB" | "SEARCH">, found: readonly Change[]): Promise<void> {
  const db = openDatabase(env);
  const { ids } = await changedTitles(db, found);
  if (ids.length > 0) await writeSearch(env, db, ids);
}

/**
 * Writes the rows of titles: those that can be watched as they are, the others as empty. A row carries the number of the newest
 * change that it may know of, so a slower writer never brings an older state back.
 */
export async function writeSearch(
  env: Pick<Env, "SEARCH">,
  db: Database,
  ids: readonly string[],
): Promise<void> {
  // Before the rows: they are at least as new as this number.
  const seq = await newestChange(db);
  const rows = await readShelved(db, and(isOneOf(ids), isNotNull(titles.shelfPosition)) ?? isOneOf(ids));
  const shown = new Set(rows.map(({ titleId }) => titleId));
  const films = rows.map(({ titleId, film }) => ({
    ...{ position: film.position, titleId, class: film.class, card: JSON.stringify(film) },
    words: foldWords(film.title).map(splitSpaceless).join(" "),
  }));
  const classes = rows.map(({ film, rules }) => ({ hash: film.class, rules: JSON.stringify(rules) }));
  const gone = ids.filter((id) => !shown.has(id));
  await env.SEARCH.batch([
    env.SEARCH.prepare(insertClasses).bind(JSON.stringify(classes)),
    env.SEARCH.prepare(upsertFilms).bind(JSON.stringify(films), seq),
    env.SEARCH.prepare(clearFilms).bind(JSON.stringify(gone), seq),
  ]);
}
