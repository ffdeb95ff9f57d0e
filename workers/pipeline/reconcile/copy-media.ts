/**
 * Fills the second media bucket (MEDIA_COPY), where one is bound: assets whose published revision it does not hold yet, along an
 * index of just those. Each run copies some hundred objects; the next finds what is missing by comparing both lists. What is gone
 * from the first bucket stays in the copy, since that is what it is for, until the asset's own row says that it was deleted.
 */
import { and, eq, gt, sql } from "drizzle-orm";
import type { Room } from "../../catalog/count-statements.ts";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { readState, writeState } from "../../catalog/service-state.ts";
import type { DeletionGate } from "../../safety/deletion-gate.ts";
import { deletePrefix } from "../storage/delete-prefix.ts";

/** Assets that one run looks at, and objects that it copies: about a film of two hours in three minutes. */
const assetsPerRun = 5;
const objectsPerRun = 2000;

/** A Worker has six connections at a time; a copy takes two. */
const copiesAtOnce = 3;

/** The name in `service_state` of the asset that was looked at last, so that one that fails keeps nobody from their turn. */
const stateName = "media-copy:after";

/**
 * Copies the next objects, and removes the copies of assets that were deleted and purged.
 *
 * @param most objects that this run copies
 */
export async function copyMedia(
  env: Env,
  now: number,
  _room: Room,
  gate: DeletionGate,
  most = objectsPerRun,
): Promise<void> {
  const copy = env.MEDIA_COPY;
  if (copy === undefined) return;
  const db = openDatabase(env);
  await removePurged(db, copy, gate);
  const after = (await readState(db, stateName)) ?? "";
  let left = most;
  let last = "";
  let due = await findUncopied(db, after);
  // With nothing behind the mark, it begins with the first again.
  if (due.length === 0 && after !== "") due = await findUncopied(db, "");
  for (const { id, revision } of due) {
    if (left <= 0) break;
    try {
      const { copied, isWhole } = await copyAsset(env.MEDIA, copy, id, left);
      left -= copied;
      if (isWhole) await db.update(assets).set({ copiedRevision: revision }).where(eq(assets.id, id));
      else break;
    } catch (error) {
      console.error("could not copy", id, error);
    }
    last = id;
  }
  if (last !== "" && last !== after) await writeState(db, stateName, last, now);
}

async function findUncopied(db: Database, after: string): Promise<{ id: string; revision: number }[]> {
  return await db
    .select({ id: assets.id, revision: assets.revision })
    .from(assets)
    // As in the index, letter by letter: bound values would hide it.
    .where(and(sql`revision > copied_revision and deleted_at is null`, gt(assets.id, after)))
    .orderBy(assets.id)
    .limit(assetsPerRun);
}

/** Copies the objects of an asset that are not in the copy yet. @param most objects to copy */
async function copyAsset(
  media: R2Bucket,
  copy: R2Bucket,
  assetId: string,
  most: number,
): Promise<{ copied: number; isWhole: boolean }> {
  const prefix = `media/${assetId}/`;
  const [stored, there] = await Promise.all([listEtags(media, prefix), listEtags(copy, prefix)]);
  const missing = [...stored].filter(([key, etag]) => there.get(key) !== etag).map(([key]) => key);
  const now = missing.slice(0, most);
  for (let n = 0; n < now.length; n += copiesAtOnce) {
    await Promise.all(now.slice(n, n + copiesAtOnce).map((key) => copyObject(media, copy, key)));
  }
  return { copied: now.length, isWhole: now.length === missing.length };
}

async function copyObject(media: R2Bucket, copy: R2Bucket, key: string): Promise<void> {
  const object = await media.get(key);
  if (object === null) return;
  const { httpMetadata = {}, customMetadata = {} } = object;
  await copy.put(key, object.body, { httpMetadata, customMetadata });
}

/** Etags by key; objects are single puts, so an etag is the bytes' MD5 in both buckets. */
async function listEtags(bucket: R2Bucket, prefix: string): Promise<Map<string, string>> {
  const etags = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const page = await bucket.list(cursor === undefined ? { prefix } : { prefix, cursor });
    for (const { key, etag } of page.objects) etags.set(key, etag);
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  return etags;
}

async function removePurged(db: Database, copy: R2Bucket, gate: DeletionGate): Promise<void> {
  const purged = await db
    .select({ id: assets.id })
    .from(assets)
    .where(sql`copied_revision > 0 and purged_at is not null`)
    .orderBy(assets.id)
    .limit(assetsPerRun);
  if (purged.length === 0 || !(await gate.mayDelete())) return;
  for (const { id } of purged) {
    await deletePrefix(copy, `media/${id}/`);
    await deletePrefix(copy, `plans/${id}.`);
    await db.update(assets).set({ copiedRevision: 0 }).where(eq(assets.id, id));
  }
}
