/**
 * Makes a working database out of the buckets, a bounded step a call: the pages of the newest whole export, the changes' files
 * from the minute of its beginning on, the sources that no row names, and last what makes the database the buckets' own. Until
 * that last step nothing deletes and nothing is exported, because the epoch is not the buckets'. Any step may be repeated.
 */
import { z } from "zod";
import { openDatabase } from "../../catalog/database.ts";
import { titles } from "../../catalog/schema.ts";
import { changesFolder, ExportDamaged, getExport, minuteName, wholeFolder } from "../export-line.ts";
import { chainDigest, doneObject, pageKey } from "../export-whole.ts";
import { exportedTables } from "../exported-tables.ts";
import { listWholeExports, newestWholeExport } from "../remove-old-exports.ts";
import { type Stored, storeLines } from "../store-rows.ts";
import { adoptSources } from "./adopt-sources.ts";
import { finishRebuild } from "./finish-rebuild.ts";

/** Files of one call: some thousand rows. */
const pagesPerCall = 5;
const changeFilesPerCall = 20;

/** The place at which the next call goes on; its text is opaque to clients. */
const place = z.object({
  stage: z.enum(["whole", "changes", "sources", "finish"]),
  /** Folder of the whole export; null when there is none and the changes' files are all. */
  folder: z.string().nullable(),
  table: z.number().default(0),
  page: z.number().default(0),
  digest: z.string().default(""),
  after: z.string().nullable().default(null),
});

type Place = z.infer<typeof place>;

/** What one call did, and the cursor for the next; null when the database is whole. */
export interface RebuildStep extends Stored {
  stage: Place["stage"];
  /** The whole export that is read, for example `2026-11-28T11:24Z`; null when there is none. */
  export: string | null;
  cursor: string | null;
}

/** Checks whether the database knows a title: then a rebuild would set it back. */
export async function knowsTitles(env: Pick<Env, "DB">): Promise<boolean> {
  return (await openDatabase(env).select({ id: titles.id }).from(titles).limit(1)).length > 0;
}

/** The first call's place. @param name of the whole export; null: the newest. @returns null when there is no such export */
export async function beginRebuild(env: Pick<Env, "SOURCES">, name: string | null): Promise<string | null> {
  const folders = await listWholeExports(env);
  const asked = folders.filter((folder) => name === null || folder === `${wholeFolder}${name}/`);
  const folder = await newestWholeExport(env, asked);
  if (folder === null && name !== null) return null;
  return write(place.parse({ stage: folder === null ? "changes" : "whole", folder }));
}

/** Does the step at a cursor; null when it is none of ours. @throws ExportDamaged, before anything of the bad file is stored */
export async function rebuildStep(env: Env, cursor: string, now: number): Promise<RebuildStep | null> {
  const at = read(cursor);
  if (at === null) return null;
  const stored: Stored = { rows: {}, problems: [] };
  const next = await steps[at.stage](env, at, stored, now);
  const name = at.folder?.slice(wholeFolder.length, -1) ?? null;
  return { ...stored, stage: at.stage, export: name, cursor: next === null ? null : write(next) };
}

type Step = (env: Env, at: Place, stored: Stored, now: number) => Promise<Place | null>;

const steps: Record<Place["stage"], Step> = {
  whole: storePages,
  changes: storeChanges,
  async sources(env, at, stored) {
    const { cursor, adopted, problems } = await adoptSources(env, at.after);
    add(stored, { rows: { sources: adopted }, problems });
    return cursor === null ? { ...at, stage: "finish", after: null } : { ...at, after: cursor };
  },
  async finish(env, at, stored, now) {
    add(stored, await finishRebuild(env, await statesOf(env, at.folder), now));
    return null;
  },
};

/** Stores the next pages. `service_state` waits for the last step: with its epoch the database is the buckets' own. */
async function storePages(env: Env, at: Place, stored: Stored): Promise<Place> {
  const folder = at.folder ?? "";
  const { tables } = await readDone(env, folder);
  let { table: n, page, digest } = at;
  for (let left = pagesPerCall; left > 0; left--) {
    const table = exportedTables[n];
    if (table === undefined || table.name === "service_state") {
      return { ...at, stage: "changes", table: n, page: 0, digest: "" };
    }
    const count = tables[table.name] ?? { files: 0, digest: "" };
    if (page === count.files) {
      if (digest !== count.digest)
        throw new ExportDamaged(`${folder}${table.name}: not the files that were counted`);
      [n, page, digest] = [n + 1, 0, ""];
      continue;
    }
    const file = await getExport(env, pageKey(folder, table.name, page));
    add(stored, await storeLines(env, file.lines));
    [page, digest] = [page + 1, await chainDigest(digest, file.sha256)];
  }
  return { ...at, table: n, page, digest };
}

/** Stores the next changes' files. One that is damaged is passed over and said: the others are worth having. */
async function storeChanges(env: Env, at: Place, stored: Stored): Promise<Place> {
  const from = at.folder === null ? null : minuteName((await readDone(env, at.folder)).startedAt);
  // Text that sorts just before the first file of that minute.
  const startAfter = at.after ?? `${changesFolder}${from ?? ""}`;
  const { objects } = await env.SOURCES.list({
    prefix: changesFolder,
    startAfter,
    limit: changeFilesPerCall,
  });
  for (const { key } of objects) {
    try {
      add(stored, await storeLines(env, (await getExport(env, key)).lines));
    } catch (error) {
      if (!(error instanceof ExportDamaged)) throw error;
      stored.problems.push(error.message);
    }
  }
  const last = objects.at(-1);
  return last === undefined ? { ...at, stage: "sources", after: null } : { ...at, after: last.key };
}

async function statesOf(env: Env, folder: string | null) {
  if (folder === null) return [];
  const files = (await readDone(env, folder)).tables.service_state?.files ?? 0;
  const pages = Array.from({ length: files }, (_, page) =>
    getExport(env, pageKey(folder, "service_state", page)),
  );
  return (await Promise.all(pages)).flatMap(({ lines }) => lines);
}

async function readDone(env: Pick<Env, "SOURCES">, folder: string): Promise<z.infer<typeof doneObject>> {
  const text = await (await env.SOURCES.get(`${folder}done.json`))?.text();
  if (text === undefined) throw new ExportDamaged(`${folder}done.json is missing`);
  return doneObject.parse(JSON.parse(text));
}

function add(to: Stored, more: Stored): void {
  for (const [table, rows] of Object.entries(more.rows)) to.rows[table] = (to.rows[table] ?? 0) + rows;
  to.problems.push(...more.problems);
}

function write(at: Place): string {
  return new TextEncoder().encode(JSON.stringify(at)).toBase64({ alphabet: "base64url", omitPadding: true });
}

function read(cursor: string): Place | null {
  try {
    const text = new TextDecoder().decode(Uint8Array.fromBase64(cursor, { alphabet: "base64url" }));
    return place.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
