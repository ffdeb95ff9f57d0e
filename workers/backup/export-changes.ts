/** Writes what has changed to R2, a file for each few hundred changes: rows as they are now, and those that are no more. */
import { type Change, consumeChanges } from "../catalog/changes.ts";
import type { Database } from "../catalog/database.ts";
import { changesFolder, type ExportedRow, type ExportLine, minuteName, putExport } from "./export-line.ts";
import { exportedTable } from "./exported-tables.ts";
import { selectRows } from "./read-rows.ts";

/** Changes of one file. */
const changesPerFile = 250;

/** Files that one run writes; the rest waits for the next minute. */
const filesPerRun = 8;

/** The rows to read for a change: by the values of these columns. */
interface Wanted {
  table: string;
  columns: string[];
  values: (string | number)[];
}

/** The rows that belong to a change of each scope. */
const rowsOf: Readonly<Record<Change["scope"], (id: string) => Wanted[]>> = {
  title: (id) => [{ table: "titles", columns: ["id"], values: [id] }],
  asset: (id) => [
    { table: "assets", columns: ["id"], values: [id] },
    { table: "renditions", columns: ["asset_id"], values: [id] },
  ],
  policy: (id) => {
    const slash = id.lastIndexOf("/");
    const values = [id.slice(0, slash), Number(id.slice(slash + 1))];
    return [{ table: "policy_versions", columns: ["scope", "version"], values }];
  },
  producer: (id) => [{ table: "producers", columns: ["id"], values: [id] }],
  api_key: (id) => [{ table: "api_keys", columns: ["id"], values: [id] }],
  signing_key: (id) => [{ table: "signing_keys", columns: ["kid"], values: [id] }],
  upload: (id) => [{ table: "uploads", columns: ["id"], values: [id] }],
  pathway: (id) => [{ table: "pathways", columns: ["id"], values: [id] }],
};

/** Exports the changes that were not exported yet. @param minute the name's beginning: see {@link minuteName} */
export async function exportChanges(env: Env, db: Database, minute: number, now: number): Promise<void> {
  for (let n = 0; n < filesPerRun; n++) {
    const found = await consumeChanges(db, "export", changesPerFile, now, async (changes) => {
      const last = changes.at(-1)?.seq ?? 0;
      const key = `${changesFolder}${minuteName(minute)}-${String(last).padStart(12, "0")}.jsonl`;
      await putExport(env, key, await linesOf(env, changes));
    });
    if (found < changesPerFile) return;
  }
}

/** First everything that was changed is no more, then come the rows that are there: so a row that is gone stays gone. */
async function linesOf(env: Env, changes: Change[]): Promise<ExportLine[]> {
  const groups = new Map<string, { columns: string[]; values: Map<string, (string | number)[]> }>();
  for (const { scope, id } of changes) {
    for (const { table, columns, values } of rowsOf[scope](id)) {
      const group = groups.get(table) ?? { columns, values: new Map() };
      group.values.set(JSON.stringify(values), values);
      groups.set(table, group);
    }
  }
  const statements = [...groups].map(([table, { columns, values }]) =>
    selectRows(env, exportedTable(table), columns, [...values.values()]),
  );
  const results = await env.DB.batch<ExportedRow>(statements);
  return [...groups].flatMap(([table, { columns, values }], n) => {
    const rows = results[n]?.results ?? [];
    const there = new Set(rows.map((row) => JSON.stringify(columns.map((column) => row[column]))));
    // All renditions of an asset are written, so those that are not named are no more.
    const goes = (key: string) => table === "renditions" || !there.has(key);
    const gone = [...values].filter(([key]) => goes(key)).map(([, of]) => of);
    return [
      ...gone.map((of) => ({
        table,
        gone: Object.fromEntries(columns.map((name, at) => [name, of[at] ?? null])),
      })),
      ...rows.map((row) => ({ table, row })),
    ];
  });
}
