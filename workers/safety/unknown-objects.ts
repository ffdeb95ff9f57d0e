/**
 * Objects that no row of the database knows: never removed, but counted and listed for operators, because they are what is
 * left when rows were lost. `service_state` holds a row for each slice of the sweep that has some, `unknown:{letters}`.
 */
import { and, asc, gt, gte, lt, sql } from "drizzle-orm";
import { z } from "zod";
import { endAlarm } from "../catalog/alarms.ts";
import { openDatabase } from "../catalog/database.ts";
import { serviceState } from "../catalog/schema.ts";
import { readState, writeState } from "../catalog/service-state.ts";

/** Keys that a slice's row names; of the others there is only the number. */
const keysKept = 20;

/** The fuse trips above this share of a slice, and from this many on. */
const fuse = { share: 0.01, atLeast: 3 };

const prefix = "unknown:";
/** The first name behind all that begin with {@link prefix}. */
const prefixEnd = "unknown;";

const sliceSchema = z.object({
  /** Ids in the slice (a film's objects count once), and those of them that no row knows. */
  found: z.number(),
  unknown: z.number(),
  /** As many unknown ones were there when an operator ended the alarm: they don't trip the fuse again. */
  accepted: z.number(),
  /** Some of them, `BUCKET/key`; a key that ends with a slash is a folder. */
  keys: z.array(z.string()),
});

/** A slice of the sweep, as it was last seen. */
export type UnknownSlice = z.infer<typeof sliceSchema>;

/** Notes what a sweep found in a slice. @returns the slice, with what was accepted of it before */
export async function countUnknown(
  env: Pick<Env, "DB">,
  letters: string,
  { found, unknown }: { found: number; unknown: readonly { id: string; key: string }[] },
  now: number,
): Promise<UnknownSlice> {
  const db = openDatabase(env);
  const stored = await readState(db, prefix + letters);
  const before = stored === null ? null : sliceSchema.parse(JSON.parse(stored));
  // What was found again since is unknown no more, and would be news if it were lost once more.
  const unknownIds = new Set(unknown.map(({ id }) => id)).size;
  const accepted = Math.min(before?.accepted ?? 0, unknownIds);
  const keys = unknown.slice(0, keysKept).map(({ key }) => key);
  const slice = { found, unknown: unknownIds, accepted, keys };
  const text = JSON.stringify(slice);
  if (text !== stored && (before !== null || unknown.length > 0)) {
    await writeState(db, prefix + letters, text, now);
  }
  return slice;
}

/** True when so much of a slice is unknown that the database must not be believed. */
export function tripsFuse({ found, unknown, accepted }: UnknownSlice): boolean {
  const news = unknown - accepted;
  return news >= fuse.atLeast && news > found * fuse.share;
}

/** The alarm's sentences. */
export function fuseDetail(letters: string, { found, unknown }: UnknownSlice): string {
  return `No row of the database knows ${unknown} of the ${found} ids in storage that begin with ${letters}: rows may have been lost. Nothing is deleted until an operator ends this alarm. Look at GET /v1/ops/unknown-objects, bring the rows back if they are missed, and then POST /v1/ops/alarms/sweep_fuse/end (docs/operations.md, When an alarm is up).`;
}

/** Ends the alarm `sweep_fuse`: what is unknown now is accepted, and stays; only more than that raises the alarm again. */
export async function endSweepFuse(env: Pick<Env, "DB">, now: number): Promise<void> {
  const db = openDatabase(env);
  await db
    .update(serviceState)
    .set({ value: sql`json_set(${serviceState.value}, '$.accepted', ${serviceState.value} -> '$.unknown')` })
    .where(and(gte(serviceState.name, prefix), lt(serviceState.name, prefixEnd)));
  await endAlarm(db, "sweep_fuse", now);
}

/** Slices with something unknown in them, by their letters, behind `after`; at most `limit` rows are read. */
export async function findUnknown(
  env: Pick<Env, "DB">,
  { after, limit }: { after: string; limit: number },
): Promise<(UnknownSlice & { letters: string; seenAt: number })[]> {
  const rows = await openDatabase(env)
    .select()
    .from(serviceState)
    .where(and(gt(serviceState.name, prefix + after), lt(serviceState.name, prefixEnd)))
    .orderBy(asc(serviceState.name))
    .limit(limit);
  return rows.map(({ name, value, updatedAt }) => ({
    ...sliceSchema.parse(JSON.parse(value)),
    letters: name.slice(prefix.length),
    seenAt: updatedAt,
  }));
}
