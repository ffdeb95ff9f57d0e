import { endAlarm, raiseAlarm } from "../catalog/alarms.ts";
import type { Database } from "../catalog/database.ts";
import { readState } from "../catalog/service-state.ts";
import { parseStamp, readStamp, stateNames } from "../safety/epoch-stamp.ts";
import { wholeStateName } from "./export-state.ts";

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
  const stored = await readStamp(env.SOURCES);
  if (stored !== null) {
    const own = parseStamp(await readState(db, stateNames.stamp));
    return own !== null && own.epoch === stored.stamp.epoch && own.generation >= stored.stamp.generation;
  }
  // Nobody has marked the bucket: exports are this database's when it knows of one, or when there are none.
  if ((await readState(db, wholeStateName)) !== null) return true;
  return (await env.SOURCES.list({ prefix: "exports/", limit: 1 })).objects.length === 0;
}
