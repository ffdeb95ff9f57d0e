/**
 * Reading what has changed, once for each consumer: a consumer remembers the number of the last change that it has dealt
 * with, and goes on behind it. A change is only a hint that a row is worth reading again, so dealing with one twice is harmless.
 */
import { asc, gt, lte, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { changes, serviceState } from "./schema.ts";
import { readState } from "./service-state.ts";

/** One change: a row of `scope` with the key `id` was written, or is gone. `seq` orders all changes. */
export type Change = typeof changes.$inferSelect;

/** Everybody who follows the changes; a change is dropped when all of them have dealt with it. */
export const changeConsumers = ["edge", "shelf", "search", "export"] as const;

/** One of those who follow the changes. */
export type ChangeConsumer = (typeof changeConsumers)[number];

/**
 * Hands the changes that a consumer has not dealt with yet to `act`, oldest first, and remembers them as dealt with when it
 * returns. Throws what `act` throws; the same changes then come again.
 *
 * @param limit changes at a time; reads as many rows
 * @returns how many there were: `limit` means that more may wait
 */
export async function consumeChanges(
  db: Database,
  consumer: ChangeConsumer,
  limit: number,
  now: number,
  act: (found: Change[]) => Promise<void>,
): Promise<number> {
  const from = Number((await readState(db, stateOf(consumer))) ?? 0);
  const found = await db
    .select()
    .from(changes)
    .where(gt(changes.seq, from))
    .orderBy(asc(changes.seq))
    .limit(limit);
  const last = found.at(-1);
  if (last === undefined) return 0;
  await act(found);
  // Two that follow at the same time deal with the same changes; the slower one must not set the mark back.
  await db
    .insert(serviceState)
    .values({ name: stateOf(consumer), value: String(last.seq), updatedAt: now })
    .onConflictDoUpdate({
      target: serviceState.name,
      set: { value: String(last.seq), updatedAt: now },
      setWhere: sql`cast(${serviceState.value} as integer) < ${last.seq}`,
    });
  return found.length;
}

/** Number of the newest change; 0 where nothing has ever changed. Reads one row. */
export async function newestChange(db: Database): Promise<number> {
  const row = await db.get<{ seq: number | null }>(sql`select max(${changes.seq}) as seq from ${changes}`);
  return row?.seq ?? 0;
}

/** Drops changes that every consumer has dealt with, at most `limit` at a time. The newest stays, so that numbers go on. */
export async function dropOldChanges(db: Database, limit: number): Promise<void> {
  const names = changeConsumers.map(stateOf);
  const rows = await db.select().from(serviceState).where(sql`${serviceState.name} in ${names}`);
  if (rows.length < names.length) return;
  const dealtWith = Math.min(...rows.map(({ value }) => Number(value)));
  await db
    .delete(changes)
    .where(
      lte(
        changes.seq,
        sql`(select max(seq) from (select seq from ${changes} where seq < ${dealtWith} order by seq limit ${limit}))`,
      ),
    );
}

function stateOf(consumer: ChangeConsumer): string {
  return `consumer:${consumer}`;
}
