import type { ExportedRow } from "./export-line.ts";
import type { ExportedTable } from "./exported-tables.ts";

/** Reads the rows after a key, in the key's order: a row-value comparison, which walks the primary key's index. */
export async function readPage(
  env: Pick<Env, "DB">,
  table: ExportedTable,
  after: (string | number)[] | null,
): Promise<ExportedRow[]> {
  const key = table.key.map(quoted).join(", ");
  const marks = table.key.map(() => "?").join(", ");
  const where = after === null ? "" : `where (${key}) > (${marks})`;
  const { results } = await env.DB.prepare(
    `select * from ${quoted(table.name)} ${where} order by ${key} limit ${table.rowsPerPage}`,
  )
    .bind(...(after ?? []))
    .all<ExportedRow>();
  return results;
}

/** The statement that reads the rows whose columns have one of these combinations of values. */
export function selectRows(
  env: Pick<Env, "DB">,
  table: ExportedTable,
  columns: string[],
  values: (string | number)[][],
): D1PreparedStatement {
  const of = columns.map((_, n) => `json_extract(value, '$[${n}]')`).join(", ");
  // One JSON parameter: D1 takes at most 100 parameters a statement.
  return env.DB.prepare(
    `select * from ${quoted(table.name)} where (${columns.map(quoted).join(", ")}) in (select ${of} from json_each(?))`,
  ).bind(JSON.stringify(values));
}

/** A name in SQL. */
export function quoted(name: string): string {
  return `"${name}"`;
}
