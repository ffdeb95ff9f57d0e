/** Brings exported rows back into D1, whatever is there already, and lists those that can't be. */

import type { ExportedRow, ExportLine } from "./export-line.ts";
import { type ExportedTable, exportedTable } from "./exported-tables.ts";
import { quoted } from "./read-rows.ts";

/** Largest JSON of the rows of one statement, characters; D1 takes 2 MB a value. */
const statementCharacters = 400_000;

/** What came of some lines: rows by table, and a sentence for each that could not be stored. */
export interface Stored {
  rows: Record<string, number>;
  problems: string[];
}

/**
 * Stores lines in their order. A row replaces the one with its key, by an update and not a replacement, so that all triggers
 * see it. Columns that the schema doesn't have any more are left out; new ones get their defaults.
 */
export async function storeLines(env: Pick<Env, "DB">, lines: readonly ExportLine[]): Promise<Stored> {
  const stored: Stored = { rows: {}, problems: [] };
  for (const group of groupsOf(lines)) {
    const [first] = group;
    if (first === undefined) continue;
    const table = exportedTable(first.table);
    if ("gone" in first) {
      await env.DB.batch(group.flatMap((line) => ("gone" in line ? [deletion(env, table, line.gone)] : [])));
      continue;
    }
    const rows = group.flatMap((line) => ("row" in line ? [line.row] : []));
    const columns = table.columns.filter((column) => column in first.row);
    const failed = await storeRows(env, table, columns, rows);
    stored.rows[table.name] = (stored.rows[table.name] ?? 0) + rows.length - failed.length;
    stored.problems.push(...failed);
  }
  return stored;
}

/** Neighbours that one statement can take: of one table, with the same columns, and not too many. */
function groupsOf(lines: readonly ExportLine[]): ExportLine[][] {
  const groups: ExportLine[][] = [];
  let kind = "";
  let characters = 0;
  for (const line of lines) {
    const itsKind = "gone" in line ? `gone ${line.table}` : `${line.table} ${Object.keys(line.row)}`;
    const itsCharacters = "gone" in line ? statementCharacters / 100 : JSON.stringify(line.row).length;
    characters += itsCharacters;
    const group = groups.at(-1);
    if (group !== undefined && kind === itsKind && characters <= statementCharacters) group.push(line);
    else {
      groups.push([line]);
      kind = itsKind;
      characters = itsCharacters;
    }
  }
  return groups;
}

async function storeRows(
  env: Pick<Env, "DB">,
  table: ExportedTable,
  columns: string[],
  rows: ExportedRow[],
): Promise<string[]> {
  const values = columns.map((column) => `json_extract(value, '$.${quoted(column)}')`).join(", ");
  const source = `select ${values} from json_each(?) where true`;
  try {
    await env.DB.prepare(upsert(table, columns, source))
      .bind(JSON.stringify(rows))
      .run();
    return [];
  } catch (error) {
    console.warn("storing rows one by one", table.name, error);
  }
  const failed: string[] = [];
  const marks = columns.map(() => "?").join(", ");
  for (const row of rows) {
    try {
      const statement = env.DB.prepare(upsert(table, columns, `values (${marks})`));
      await statement.bind(...columns.map((column) => row[column] ?? null)).run();
    } catch (error) {
      const key = table.key.map((column) => row[column]).join("/");
      failed.push(`${table.name} ${key} could not be stored: ${String(error)}`);
    }
  }
  return failed;
}

function upsert(table: ExportedTable, columns: string[], source: string): string {
  const others = columns.filter((column) => !table.key.includes(column));
  const sets = others.map((column) => `${quoted(column)} = excluded.${quoted(column)}`).join(", ");
  return `insert into ${quoted(table.name)} (${columns.map(quoted).join(", ")}) ${source}
    on conflict (${table.key.map(quoted).join(", ")}) do ${sets === "" ? "nothing" : `update set ${sets}`}`;
}

function deletion(env: Pick<Env, "DB">, table: ExportedTable, gone: ExportedRow): D1PreparedStatement {
  const columns = Object.keys(gone).filter((column) => table.columns.includes(column));
  if (columns.length === 0) throw new Error(`a line about ${table.name} says of nothing that it is gone`);
  const where = columns.map((column) => `${quoted(column)} = ?`).join(" and ");
  return env.DB.prepare(`delete from ${quoted(table.name)} where ${where}`).bind(
    ...columns.map((column) => gone[column] ?? null),
  );
}
