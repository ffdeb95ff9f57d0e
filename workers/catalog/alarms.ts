/** Alarms: trouble that a person has to look at, kept until it is over. `/healthz`, the ops API and the log tell them. */
import { eq, isNull, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { alarms } from "./schema.ts";

/** An alarm's row. */
export type Alarm = typeof alarms.$inferSelect;

/**
 * Raises an alarm, or says that it lasts. Logs it when it is new or had ended.
 *
 * @param detail what is wrong and what to do, in a sentence or two
 */
export async function raiseAlarm(db: Database, code: string, detail: string, now: number): Promise<void> {
  const [row] = await db
    .insert(alarms)
    .values({ code, detail, raisedAt: now, lastSeenAt: now })
    .onConflictDoUpdate({
      target: alarms.code,
      set: {
        detail,
        lastSeenAt: now,
        raisedAt: sql`case when ${alarms.endedAt} is null then ${alarms.raisedAt} else ${now} end`,
        endedAt: null,
      },
    })
    .returning({ raisedAt: alarms.raisedAt });
  if (row?.raisedAt === now) console.error("alarm", code, detail);
}

/** Ends an alarm that what raised it no longer finds. */
export async function endAlarm(db: Database, code: string, now: number): Promise<void> {
  await db
    .update(alarms)
    .set({ endedAt: now })
    .where(sql`${eq(alarms.code, code)} and ${alarms.endedAt} is null`);
}

/** Lists the alarms that last, by code. There are as many at most as kinds of trouble. */
export async function lastingAlarms(db: Database): Promise<Alarm[]> {
  return await db.select().from(alarms).where(isNull(alarms.endedAt)).orderBy(alarms.code);
}
