/** Makes the shelf's objects and the search's rows again from the catalogue, where they are lost or an operator wants it. */
import { eq, sql } from "drizzle-orm";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { serviceState, titles } from "../../catalog/schema.ts";
import { readState, writeState } from "../../catalog/service-state.ts";
import { blockPositions, headKey } from "../../playback/shelf/shelf-objects.ts";
import { writeSearch } from "./update-search.ts";
import { writeShelf } from "./update-shelf.ts";
import { topOfShelf } from "./write-head.ts";

/** Blocks made again in a run: a million titles take about four hours, the newest first. */
const blocksAtOnce = 40;

/**
 * Goes on with a refill. `service_state` has the block that is next, under `refill:shelf` and `refill:search`; it begins by itself
 * where the shelf has no head or the search no row, and where an operator writes a block's number there (docs/operations.md).
 *
 * @returns false when blocks wait for the next run
 */
export async function refillShelf(env: Pick<Env, "DB" | "MEDIA" | "SEARCH">, now: number): Promise<boolean> {
  const db = openDatabase(env);
  const last = Math.ceil((await topOfShelf(db)) / blockPositions) - 1;
  if (last < 0) return true;
  const shelf = await refill(db, "refill:shelf", last, now, {
    isLost: async () => (await env.MEDIA.head(headKey)) === null,
    write: (blocks) => writeShelf(env, db, blocks, now),
  });
  const search = await refill(db, "refill:search", last, now, {
    isLost: async () => (await env.SEARCH.prepare("SELECT 1 FROM films LIMIT 1").first()) === null,
    write: async (blocks) => {
      for (const block of blocks) await writeSearch(env, db, await titlesIn(db, block));
    },
  });
  return shelf && search;
}

async function refill(
  db: Database,
  name: string,
  last: number,
  now: number,
  of: { isLost(): Promise<boolean>; write(blocks: number[]): Promise<void> },
): Promise<boolean> {
  const state = await readState(db, name);
  if (state === null && !(await of.isLost())) return true;
  const from = Math.min(last, state === null ? last : Number(state));
  const blocks = Array.from({ length: Math.min(blocksAtOnce, from + 1) }, (_, at) => from - at);
  // Noted first: once the first blocks are there, nothing else tells that the others are missing.
  await writeState(db, name, String(from), now);
  await of.write(blocks);
  const next = from - blocks.length;
  if (next >= 0) await writeState(db, name, String(next), now);
  else await db.delete(serviceState).where(eq(serviceState.name, name));
  return next < 0;
}

async function titlesIn(db: Database, block: number): Promise<string[]> {
  const first = block * blockPositions;
  const rows = await db
    .select({ id: titles.id })
    .from(titles)
    .where(sql`${titles.shelfPosition} between ${first} and ${first + blockPositions - 1}`);
  return rows.map(({ id }) => id);
}
