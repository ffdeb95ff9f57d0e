/** Brings the shelf's objects up to date with some changes of the catalogue. */
import { and, eq, isNotNull, isNull, sql } from "drizzle-orm";
import type { Change } from "../../catalog/changes.ts";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { assets, titles } from "../../catalog/schema.ts";
import { blockPositions, indexBlocks } from "../../playback/shelf/shelf-objects.ts";
import { changedTitles } from "./follow-titles.ts";
import { isOneOf } from "./read-shelved.ts";
import { writeBlock, writeIndex } from "./write-blocks.ts";
import { currentHead, writeHead } from "./write-head.ts";

/**
 * Gives newly watchable titles their place, and writes the blocks of all titles that changes are about, then the indexes, then
 * the head. Safe to repeat, and at the same time.
 */
export async function updateShelf(
  env: Pick<Env, "DB" | "MEDIA">,
  found: readonly Change[],
  now: number,
): Promise<void> {
  const db = openDatabase(env);
  const { ids, hasServicePolicy } = await changedTitles(db, found);
  await givePositions(db, ids);
  const rows = await db
    .select({ position: titles.shelfPosition })
    .from(titles)
    .where(and(isOneOf(ids), isNotNull(titles.shelfPosition)));
  const blocks = [...new Set(rows.map(({ position }) => Math.floor((position ?? 0) / blockPositions)))];
  if (blocks.length > 0 || hasServicePolicy) await writeShelf(env, db, blocks, now);
}

/** Writes some blocks, the indexes of their groups, and the head. */
export async function writeShelf(
  env: Pick<Env, "MEDIA">,
  db: Database,
  blocks: readonly number[],
  now: number,
): Promise<void> {
  const head = await currentHead(env);
  let changed = false;
  for (const block of blocks) if (await writeBlock(env, db, block, head, now)) changed = true;
  const networks: Record<string, number[]> = {};
  for (const [group, its] of Map.groupBy(blocks, (block) => Math.floor(block / indexBlocks))) {
    networks[group] = await writeIndex(env, group, its);
  }
  await writeHead(env, db, { changed, networks }, now);
}

/** Gives places, in the ids' order, to the titles that can be watched and have none yet; each statement decides alone. */
async function givePositions(db: Database, ids: readonly string[]): Promise<void> {
  const isWatchable = sql`exists (select 1 from ${assets} where ${assets.id} = ${titles.assetId}
    and ${assets.revision} > 0 and ${assets.deletedAt} is null)`;
  const rows = await db
    .select({ id: titles.id })
    .from(titles)
    .where(and(isOneOf(ids), isNull(titles.shelfPosition), isWatchable));
  const waiting = new Set(rows.map(({ id }) => id));
  for (const id of ids) {
    if (!waiting.has(id)) continue;
    await db
      .update(titles)
      .set({ shelfPosition: sql`(select coalesce(max(shelf_position), -1) + 1 from ${titles})` })
      .where(and(eq(titles.id, id), isNull(titles.shelfPosition)));
  }
}
