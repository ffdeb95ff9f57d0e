import { sql } from "drizzle-orm";
import { serviceState } from "../catalog/schema.ts";
import { stateNames } from "./epoch-stamp.ts";

const dayMs = 86_400_000;
const defaultDays = 30;

/**
 * Purging begins this long after taking back has ended, milliseconds: clocks of two machines differ, and a database may
 * be restored to a few minutes ago.
 */
export const purgeMarginMs = 3_600_000;

/** Time for which what was deleted can be taken back, milliseconds. */
export function deletionGraceMs(env: Pick<Env, "DELETE_GRACE_DAYS">): number {
  const days = Number(env.DELETE_GRACE_DAYS);
  return (days >= 1 ? days : defaultDays) * dayMs;
}

/**
 * The SQL of the time at which something is deleted: never before the newest trusted time, so that a clock that has
 * fallen back gives no film a grace that is over already.
 */
export function deletionTime(now: number) {
  return sql<number>`max(${now}, coalesce((select ${serviceState.value} ->> '$.trusted' from ${serviceState}
    where ${serviceState.name} = ${stateNames.clock}), 0))`;
}
