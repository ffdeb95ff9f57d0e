/**
 * Writes documents of the edge so that an older state never replaces a newer one, whoever else is writing: the stored object's
 * tag is read first, then the database, and the object is put only if the tag is still that one. Every document holds the number
 * of the newest change, so that two that were made of different states differ, and so do their tags.
 */
import { type Database, openDatabase } from "../../catalog/database.ts";
import {
  documentKeys,
  documentObject,
  type EdgeDocument,
  parseDocument,
} from "../../playback/published/documents.ts";
import { archivedTracks } from "./archived-tracks.ts";
import { readEdgeRows, readRelated, readSlugs } from "./edge-rows.ts";
import { makeDocument } from "./make-document.ts";

/** Rounds of one write: in each, what others have overtaken is read again. */
const maxRounds = 8;

/** Requests to R2 at a time: as many as a Worker may have open. */
const atOnce = 6;

/** What is to be written anew. */
export interface Changed {
  titleIds: Iterable<string>;
  assetIds: Iterable<string>;
  /** The service's policy and pathways; the producers' keys. */
  service: boolean;
  keys: boolean;
}

/** A document that was written. */
export interface Written {
  key: string;
  isGone: boolean;
}

type Bound = Pick<Env, "DB" | "MEDIA" | "MEDIA_COPY">;

/** Writes the documents of what has changed, and of all that repeats its facts. @throws Error when others are always faster */
export async function writeDocuments(env: Bound, changed: Changed): Promise<Written[]> {
  const db = openDatabase(env);
  let left = await keysOf(env, db, changed);
  const written: Written[] = [];
  for (let round = 0; left.length > 0; round++) {
    if (round === maxRounds) throw new Error(`${left.length} documents were overtaken each time: ${left[0]}`);
    const results = await writeOnce(env, db, left);
    left = results.flatMap(({ key, outcome }) => (outcome === "overtaken" ? [key] : []));
    for (const { key, outcome } of results) {
      if (outcome === "written" || outcome === "gone") written.push({ key, isGone: outcome === "gone" });
    }
  }
  return written;
}

/** The keys to write: a title's facts are also in its films' documents, and it lies at its address. */
async function keysOf(env: Bound, db: Database, changed: Changed): Promise<string[]> {
  const titleIds = new Set(changed.titleIds);
  const assetIds = new Set(changed.assetIds);
  const keys = new Set<string>();
  if (titleIds.size > 0 || assetIds.size > 0) {
    for (const { id, titleId } of await readRelated(db, { titleIds, assetIds })) {
      assetIds.add(id);
      titleIds.add(titleId);
    }
    for (const slug of await readSlugs(db, titleIds)) keys.add(documentKeys.slug(slug));
    // A title that is gone has left its address in its document.
    for (const slug of await each([...titleIds], (id) => storedSlug(env, id))) {
      if (slug !== null) keys.add(documentKeys.slug(slug));
    }
  }
  for (const id of assetIds) keys.add(documentKeys.asset(id));
  for (const id of titleIds) keys.add(documentKeys.title(id));
  if (changed.service) keys.add(documentKeys.service);
  if (changed.keys) keys.add(documentKeys.keys);
  return [...keys];
}

async function storedSlug(env: Bound, titleId: string): Promise<string | null> {
  const stored = await env.MEDIA.get(documentObject(documentKeys.title(titleId)));
  const document: EdgeDocument | null = stored === null ? null : parseDocument(await stored.text());
  return document?.kind === "title" ? document.slug : null;
}

/** `nothing`: there is no document to write. */
type Outcome = "written" | "gone" | "overtaken" | "nothing";

async function writeOnce(
  env: Bound,
  db: Database,
  keys: string[],
): Promise<{ key: string; outcome: Outcome }[]> {
  const tags = new Map(
    await each(
      keys,
      async (key) => [key, (await env.MEDIA.head(documentObject(key)))?.etag ?? null] as const,
    ),
  );
  const named = (folder: string) =>
    new Set(keys.flatMap((key) => (key.startsWith(`${folder}/`) ? [key.slice(folder.length + 1)] : [])));
  const rows = await readEdgeRows(db, {
    titleIds: named("titles"),
    slugs: named("slugs"),
    assetIds: named("assets"),
  });
  return await each(keys, async (key) => {
    const document = makeDocument(key, rows, await archivedTracks(env, key, rows));
    if (document === null) return { key, outcome: "nothing" as const };
    const tag = tags.get(key) ?? null;
    const put = await env.MEDIA.put(documentObject(key), JSON.stringify(document), {
      httpMetadata: { contentType: "application/json" },
      onlyIf: tag === null ? { etagDoesNotMatch: "*" } : { etagMatches: tag },
    });
    const outcome: Outcome = put === null ? "overtaken" : document.kind === "gone" ? "gone" : "written";
    return { key, outcome };
  });
}

/** Maps, some at a time. */
async function each<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let n = 0; n < items.length; n += atOnce) {
    results.push(...(await Promise.all(items.slice(n, n + atOnce).map(act))));
  }
  return results;
}
