/**
 * The whole export, once a day: every row of every exported table, some pages a minute, in the order of the primary keys. Rows
 * may change meanwhile: the changes' files from the minute of its beginning on have them.
 */
import { z } from "zod";
import type { Database } from "../catalog/database.ts";
import { writeLibrarySize } from "../catalog/library-size.ts";
import { readState, replaceState } from "../catalog/service-state.ts";
import { sha256Hex } from "../shared/digest.ts";
import { minuteName, putExport, wholeFolder } from "./export-line.ts";
import { wholeStateName } from "./export-state.ts";
import { exportedTables } from "./exported-tables.ts";
import { readPage } from "./read-rows.ts";

/** Pages that one run writes: a million titles, with all their renditions, are about 14,000 pages, so 16 hours. */
const pagesPerRun = 15;

const dayMs = 86_400_000;

/** A run that does not come back in this time is dead; another goes on. A cron run lasts 15 minutes at most. */
const leaseMs = 15 * 60_000;

/** What is kept of a table: pages, rows, and a digest over its files' digests in order ({@link chainDigest}). */
const tableCount = z.object({ files: z.number(), rows: z.number(), digest: z.string() });

/** See {@link tableCount}. */
export type TableCount = z.infer<typeof tableCount>;

/** The last object of a whole export: with it the export counts. Times are Unix milliseconds. */
export const doneObject = z.object({
  startedAt: z.number(),
  finishedAt: z.number(),
  tables: z.record(z.string(), tableCount),
});

/** How far the whole export is; `finishedAt` null while it goes on. */
const progress = z.object({
  folder: z.string(),
  startedAt: z.number(),
  finishedAt: z.number().nullable(),
  /** Index of the table whose rows come next. */
  table: z.number(),
  after: z.array(z.union([z.string(), z.number()])).nullable(),
  counts: z.record(z.string(), tableCount),
  /** Only one run at a time: until then no other may go on. */
  busyUntil: z.number(),
});

type Progress = z.infer<typeof progress>;

/** Adds a file's digest to those of the files before it. */
export async function chainDigest(before: string, sha256: string): Promise<string> {
  return await sha256Hex(before + sha256);
}

/** Writes the next pages, and begins a new export when the last began a day ago. @param minute see {@link minuteName} */
export async function exportWhole(env: Env, db: Database, minute: number, now: number): Promise<void> {
  const before = await readState(db, wholeStateName);
  const last = before === null ? null : progress.parse(JSON.parse(before));
  if (last !== null && last.finishedAt === null && last.busyUntil > now) return;
  if (last !== null && last.finishedAt !== null && minute - last.startedAt < dayMs) return;
  const going = last === null || last.finishedAt !== null ? begin(minute) : last;
  const claim = JSON.stringify({ ...going, busyUntil: now + leaseMs });
  if (!(await replaceState(db, wholeStateName, { from: before, to: claim }, now))) return;
  let reached: Progress;
  try {
    reached = await writePages(env, going);
  } catch (error) {
    const freed = JSON.stringify({ ...going, busyUntil: 0 });
    await replaceState(db, wholeStateName, { from: claim, to: freed }, now);
    throw error;
  }
  if (reached.table === exportedTables.length) {
    const done = { startedAt: reached.startedAt, finishedAt: minute, tables: reached.counts };
    await env.SOURCES.put(`${reached.folder}done.json`, JSON.stringify(done));
    await writeLibrarySize(db, reached.counts.assets?.rows ?? 0, now);
    reached.finishedAt = minute;
  }
  const to = JSON.stringify({ ...reached, busyUntil: 0 });
  await replaceState(db, wholeStateName, { from: claim, to }, now);
}

function begin(minute: number): Progress {
  const folder = `${wholeFolder}${minuteName(minute)}/`;
  return { folder, startedAt: minute, finishedAt: null, table: 0, after: null, counts: {}, busyUntil: 0 };
}

async function writePages(env: Env, from: Progress): Promise<Progress> {
  let { table: at, after } = from;
  const counts = { ...from.counts };
  for (let n = 0; n < pagesPerRun; n++) {
    const table = exportedTables[at];
    if (table === undefined) break;
    const rows = await readPage(env, table, after);
    const { files, rows: sum, digest } = counts[table.name] ?? { files: 0, rows: 0, digest: "" };
    if (rows.length > 0) {
      const lines = rows.map((row) => ({ table: table.name, row }));
      const sha256 = await putExport(env, pageKey(from.folder, table.name, files), lines);
      counts[table.name] = {
        ...{ files: files + 1, rows: sum + rows.length, digest: await chainDigest(digest, sha256) },
      };
    } else counts[table.name] = { files, rows: sum, digest };
    const last = rows.at(-1);
    if (last === undefined || rows.length < table.rowsPerPage) {
      at += 1;
      after = null;
    } else after = table.key.map((column) => last[column] ?? "");
  }
  return { ...from, table: at, after, counts };
}

/** The key of a page of a table. */
export function pageKey(folder: string, table: string, page: number): string {
  return `${folder}${table}-${page}.jsonl`;
}
