/** The tables that are exported: everything that only D1 knows. */
import { getTableConfig, type SQLiteTable } from "drizzle-orm/sqlite-core";
import * as schema from "../catalog/schema.ts";

/** A table as SQL sees it. Names come from the schema, so they need no escaping but quotes. */
export interface ExportedTable {
  name: string;
  columns: string[];
  /** The primary key's columns, in order. */
  key: string[];
  /** Rows of a page of the whole export. */
  rowsPerPage: number;
}

/** Rows of most tables have some hundred bytes; an asset's holds its plan, some 10 kB. */
const rowsPerPage = 1000;
const assetsPerPage = 200;

/** In the order in which they are written and read back; `service_state` is last, because it makes a database the bucket's own. */
export const exportedTables: readonly ExportedTable[] = [
  describe(schema.producers),
  describe(schema.apiKeys),
  describe(schema.signingKeys),
  describe(schema.pathways),
  describe(schema.titles),
  describe(schema.policyVersions),
  describe(schema.assets, assetsPerPage),
  describe(schema.renditions),
  describe(schema.uploads),
  describe(schema.uploadParts),
  describe(schema.serviceState),
];

/** The tables that are not exported, and the reason for each. */
export const notExported: Readonly<Record<string, string>> = {
  sessions: "People sign in again.",
  tasks: "Planned again from the asset; finished work is found by its reports in R2.",
  dead_letters: "Messages are hints: the reconciler finds what they were about.",
  changes: "Triggers write them anew.",
  producer_usage: "Triggers count it anew.",
  alarms: "What raised them finds them again.",
};

/** The exported table with this name. @throws Error for any other */
export function exportedTable(name: string): ExportedTable {
  const table = exportedTables.find((one) => one.name === name);
  if (table === undefined) throw new Error(`${name} is no exported table`);
  return table;
}

function describe(table: SQLiteTable, rows = rowsPerPage): ExportedTable {
  const { name, columns, primaryKeys } = getTableConfig(table);
  const key = primaryKeys[0]?.columns ?? columns.filter(({ primary }) => primary);
  return {
    name,
    columns: columns.map((column) => column.name),
    key: key.map((column) => column.name),
    rowsPerPage: rows,
  };
}
