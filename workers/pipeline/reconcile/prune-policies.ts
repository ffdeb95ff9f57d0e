import { and, eq, sql } from "drizzle-orm";
import type { Room } from "../../catalog/count-statements.ts";
import { openDatabase } from "../../catalog/database.ts";
import { quotasOf, versionsKept } from "../../catalog/quotas.ts";
import { behind } from "../../catalog/row-order.ts";
import { policyVersions, producers, producerUsage, titles } from "../../catalog/schema.ts";
import { takeTurns } from "../../catalog/take-turns.ts";

/** Titles that one run looks at, and versions that it deletes of each. */
const titlesPerRun = 50;
const versionsPerTitle = 200;

/**
 * Deletes versions of policies beyond what their producers' quotas keep. Each write does that for its own title; this is for
 * titles that nobody writes, when a quota has become smaller or the producer's policies too many.
 */
export async function prunePolicies(env: Env, now: number, room: Room): Promise<void> {
  const db = openDatabase(env);
  await takeTurns(
    db,
    {
      name: "prune policies",
      limit: titlesPerRun,
      read: async (after, limit) =>
        await db
          .select({
            id: titles.id,
            version: titles.policyVersion,
            quotas: producers.quotas,
            bytes: producerUsage.policyBytes,
          })
          .from(titles)
          .leftJoin(producers, eq(producers.id, titles.producerId))
          .leftJoin(producerUsage, eq(producerUsage.producerId, titles.producerId))
          .where(and(sql`${titles.policyVersion} > 2`, behind([titles.id], after)))
          .orderBy(titles.id)
          .limit(limit),
      placeOf: ({ id }) => [id],
      act: async ({ id, version, quotas, bytes }) => {
        const last = version - versionsKept(quotasOf(quotas), bytes ?? 0);
        if (last < 1) return;
        await db.delete(policyVersions).where(
          sql`${policyVersions.scope} = ${id} and ${policyVersions.version} in (select v.version from ${policyVersions} v
            where v.scope = ${id} and v.version <= ${last} order by v.version limit ${versionsPerTitle})`,
        );
      },
      room: () => room(1),
    },
    now,
  );
}
