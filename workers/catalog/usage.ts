/** What a producer has of their share. Counters that the writes keep, and counts that quotas bound: never a look at a library. */
import { eq, type SQL, type SQLWrapper, sql } from "drizzle-orm";
import type { Database } from "./database.ts";
import { defaultQuotas, type QuotaName, type Quotas, quotasOf } from "./quotas.ts";
import { producers, producerUsage } from "./schema.ts";

/** A PATCH that has not been heard of for so long runs no more, milliseconds; one that does says so each {@link patchTouchMs}. */
export const patchLeaseMs = 120_000;

/** See {@link patchLeaseMs}. */
export const patchTouchMs = 30_000;

/** What a producer may have, and has. */
export interface Share {
  quotas: Quotas;
  used: Record<Exclude<QuotaName, "policy_versions" | "signing_keys" | "sessions">, number>;
}

/** The SQL of one quota of a producer, for conditions that must hold at the moment of a write. */
export function quotaOf(name: QuotaName, producerId: string | SQLWrapper): SQL<number> {
  const own = sql`(select ${producers.quotas} ->> ${name} from ${producers} where ${producers.id} = ${producerId})`;
  return sql`coalesce(${own}, ${defaultQuotas[name]})`;
}

/** Selects a producer's share: one row, or none; for a batch. Reads a few rows, and one for each open upload. @param now Unix milliseconds */
export function selectShare(db: Database, producerId: string, now: number) {
  const open = sql`uploads where producer_id = ${producerId} and status = 'waiting'`;
  const count = (column: keyof typeof producerUsage.$inferSelect) =>
    sql<number>`coalesce(${producerUsage[column]}, 0)`;
  return db
    .select({
      quotas: producers.quotas,
      bytesStored: sql<number>`coalesce(${producerUsage.bytesStored}, 0) + (select coalesce(sum(coalesce(length, "offset")), 0) from ${open})`,
      films: count("films"),
      openUploads: sql<number>`(select count(*) from ${open})`,
      runningPatches: sql<number>`(select count(*) from ${open} and writing = 1 and updated_at > ${now - patchLeaseMs})`,
      endedUploads: count("endedUploads"),
      openTasks: count("openTasks"),
      policyBytes: count("policyBytes"),
    })
    .from(producers)
    .leftJoin(producerUsage, eq(producerUsage.producerId, producers.id))
    .where(eq(producers.id, producerId));
}

/** The share in the rows of {@link selectShare}; of a producer without a row, one of nothing. */
export function shareOf(rows: Awaited<ReturnType<typeof selectShare>>): Share {
  const row = rows[0];
  return {
    quotas: quotasOf(row?.quotas),
    used: {
      bytes_stored: row?.bytesStored ?? 0,
      films: row?.films ?? 0,
      open_uploads: row?.openUploads ?? 0,
      running_patches: row?.runningPatches ?? 0,
      ended_uploads: row?.endedUploads ?? 0,
      open_tasks: row?.openTasks ?? 0,
      policy_bytes: row?.policyBytes ?? 0,
    },
  };
}

/** Reads a producer's share. @param now Unix milliseconds */
export async function readShare(db: Database, producerId: string, now: number): Promise<Share> {
  return shareOf(await selectShare(db, producerId, now));
}
