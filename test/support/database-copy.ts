/** Takes all rows out of D1 and puts them back, as a restored backup would; for tests in workerd. */

/** Tables that triggers on the others write; they come last. */
const madeByTriggers = ["producer_usage", "changes"];

/** The rows of every table, by table. */
export type DatabaseCopy = Map<string, Record<string, unknown>[]>;

/** Copies all rows. */
export async function copyRows(db: D1Database): Promise<DatabaseCopy> {
  const copy: DatabaseCopy = new Map();
  for (const table of await tablesOf(db)) {
    copy.set(table, (await db.prepare(`select * from "${table}"`).all()).results);
  }
  return copy;
}

/** Empties every table. */
export async function emptyDatabase(db: D1Database): Promise<void> {
  // `changes` last: deleting rows of the others notes changes.
  const tables = (await tablesOf(db)).toSorted((a, b) => Number(a === "changes") - Number(b === "changes"));
  await db.batch(tables.map((table) => db.prepare(`delete from "${table}"`)));
}

/** Puts the rows of a copy in the place of those that are there. */
export async function putRowsBack(db: D1Database, copy: DatabaseCopy): Promise<void> {
  await emptyDatabase(db);
  for (const [table, rows] of copy) {
    // Triggers have written rows of their own meanwhile.
    if (madeByTriggers.includes(table)) await db.prepare(`delete from "${table}"`).run();
    // Those that D1 doesn't make of others by itself.
    const stored = await db
      .prepare("select name from pragma_table_info(?)")
      .bind(table)
      .all<{ name: string }>();
    const columns = stored.results.map(({ name }) => name);
    for (const row of rows) {
      const names = columns.map((column) => `"${column}"`).join(", ");
      const places = columns.map(() => "?").join(", ");
      await db
        .prepare(`insert into "${table}" (${names}) values (${places})`)
        .bind(...columns.map((column) => row[column]))
        .run();
    }
  }
}

/** Our tables: not SQLite's, D1's, nor those of the full-text index, which triggers fill. */
async function tablesOf(db: D1Database): Promise<string[]> {
  const { results } = await db
    .prepare(
      `select name from sqlite_master where type = 'table' and name not like 'sqlite%' and name not like '\\_cf%' escape '\\'
         and name not like 'd1%' and name not like 'titles_search%' order by name`,
    )
    .all<{ name: string }>();
  return results
    .map(({ name }) => name)
    .filter((name) => !madeByTriggers.includes(name))
    .concat(madeByTriggers);
}
