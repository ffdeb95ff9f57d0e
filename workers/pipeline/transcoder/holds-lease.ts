import { and, eq } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { databaseTrouble } from "../../catalog/database-errors.ts";
import { tasks } from "../../catalog/schema.ts";
import { BoundedMap } from "../../shared/bounded-map.ts";
import { heartbeatMs } from "../tasks/task-lease.ts";

/** While D1 is away, a lease counts as held for this long after it was last found so, milliseconds: an outage is over by then. */
const trustedMs = 3 * 60_000;

/** By lease: the time at which it was found held; null: it is lost, and a lost lease never comes back. */
const known = new BoundedMap<string, number | null>(2000);

/**
 * Is true while the attempt holds its task, as of at most one heartbeat ago: so an attempt that stores ten segments a second
 * costs D1 a read of one small row every few seconds and isolate. While D1 can't be asked nobody can take the task either, and an
 * attempt goes on, for three minutes at most.
 *
 * In that time an attempt whose task has just gone to another may still write. That is harmless: it writes under keys that
 * only this task has, and these name the settings, which make the same bytes each time; what it stores for a deleted film is
 * removed by the second purge, which comes later than this and the next heartbeat.
 *
 * @param fresh asks D1 in any case, for writes that are not repeatable
 * @throws DatabaseUnavailable where D1 can't be asked and nothing is known
 */
export async function holdsLease(
  env: Pick<Env, "DB" | "FLEET_SIZE">,
  { taskId, lease }: { taskId: string; lease: string },
  now: number,
  fresh = false,
): Promise<boolean> {
  const foundAt = known.get(lease);
  if (foundAt === null) return false;
  // A clock that was set back must not make a lease last.
  const wasHeldFor = (ms: number): boolean =>
    !fresh && foundAt !== undefined && foundAt <= now && now < foundAt + ms;
  if (wasHeldFor(heartbeatMs(env))) return true;
  try {
    const held = await openDatabase(env)
      .select({ id: tasks.id })
      .from(tasks)
      .where(and(eq(tasks.id, taskId), eq(tasks.status, "running"), eq(tasks.lease, lease)))
      .get();
    known.set(lease, held === undefined ? null : now);
    return held !== undefined;
  } catch (error) {
    if (databaseTrouble(error) === "unavailable" && wasHeldFor(trustedMs)) return true;
    throw error;
  }
}
