import { z } from "zod";
import { endAlarm, raiseAlarm } from "../catalog/alarms.ts";
import type { Database } from "../catalog/database.ts";
import { readState } from "../catalog/service-state.ts";
import { wholeStateName } from "./export-state.ts";

/** The object in both buckets that names the database they belong to. */
const epochKey = "epoch.json";

/** The name in `service_state` of what the buckets hold copies of. */
export const epochName = "epoch";

const stampSchema = z.object({ epoch: z.string(), generation: z.number().int() });

/** A database, and how far it had come. */
export type Stamp = z.infer<typeof stampSchema>;

/** Reads a stamp's JSON; null when there is none, or none that can be read. */
export function readStamp(text: string | null | undefined): Stamp | null {
  if (text === null || text === undefined) return null;
  try {
    return stampSchema.parse(JSON.parse(text));
  } catch (error) {
    console.error("an epoch can't be read", error);
    return null;
  }
}

/** The stamp that a bucket carries; null when it carries none. */
export async function bucketStamp(bucket: R2Bucket): Promise<Stamp | null> {
  const object = await bucket.get(epochKey);
  // One that can't be read is nobody's: then nothing is exported.
  return object === null ? null : (readStamp(await object.text()) ?? { epoch: "", generation: 0 });
}

/**
 * Checks that this database is the one whose exports lie in the bucket, and not older than it was. An empty database, another's,
 * or one that was set back would bury the exports that can restore it under its own; then an alarm says so, and nothing is exported.
 */
export async function ownsStorage(env: Pick<Env, "SOURCES">, db: Database, now: number): Promise<boolean> {
  const owns = await compare(env, db);
  if (owns) await endAlarm(db, "export_stopped", now);
  else await raiseAlarm(db, "export_stopped", alarm, now);
  return owns;
}

const alarm =
  "The exports in the bucket are of another database, or of a later state of this one, so nothing is exported. " +
  "Bind the right database, or restore it: npm run marquee -- rebuild --from-storage (docs/operations.md, “The database is lost”).";

async function compare(env: Pick<Env, "SOURCES">, db: Database): Promise<boolean> {
  const stored = await bucketStamp(env.SOURCES);
  if (stored !== null) {
    const own = readStamp(await readState(db, epochName));
    return own !== null && own.epoch === stored.epoch && own.generation >= stored.generation;
  }
  // Nobody has marked the bucket: exports are this database's when it knows of one, or when there are none.
  if ((await readState(db, wholeStateName)) !== null) return true;
  return (await env.SOURCES.list({ prefix: "exports/", limit: 1 })).objects.length === 0;
}
