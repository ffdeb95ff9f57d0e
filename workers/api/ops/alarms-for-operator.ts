import { and, eq, isNull } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { alarms, producers } from "../../catalog/schema.ts";

/** The alarms that last, for the pages of a producer who is an operator; none for others. One query. */
export async function alarmsForOperator(
  env: Pick<Env, "DB">,
  producerId: string,
): Promise<{ code: string; detail: string }[]> {
  return await openDatabase(env)
    .select({ code: alarms.code, detail: alarms.detail })
    .from(alarms)
    .innerJoin(producers, and(eq(producers.id, producerId), eq(producers.isOperator, true)))
    .where(isNull(alarms.endedAt))
    .orderBy(alarms.code);
}
