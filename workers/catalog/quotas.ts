/**
 * Every producer's share of the service, so that none can take what is there for all: the database has 10 GB, and work, memory and
 * storage are bounded as well. An operator gives a producer other numbers (`producers.quotas`); nobody has none.
 */
import { z } from "zod";

/** The quotas of a producer of whom nothing else is said. */
export const defaultQuotas = {
  /** Bytes of sources: of films until they are purged, and of open uploads as long as they say that they will be. */
  bytes_stored: 100_000_000_000_000,
  /** Films, deleted ones until they are purged. One takes about 4.6 kB of the database. */
  films: 100_000,
  /** Uploads that are neither finished nor ended. */
  open_uploads: 100,
  /** Requests that bring bytes at the same moment. Each may hold some MiB of an isolate. */
  running_patches: 20,
  /** Uploads that were cancelled, ran out or failed: their rows go a month after that. */
  ended_uploads: 10_000,
  /** Tasks of films that are being prepared. One takes about 2 kB of the database. A film of two hours has some 200. */
  open_tasks: 50_000,
  /** Versions that are kept of a title's policy; the oldest go. */
  policy_versions: 200,
  /** Bytes of all versions of all policies. */
  policy_bytes: 256 * 1024 * 1024,
  /** Signing keys in force: two for each of a few systems that sign, so that they can be rotated. */
  signing_keys: 10,
  /** Sign-ins to the studio; the oldest ends when there is one more. */
  sessions: 20,
} as const;

/** One of them. */
export type QuotaName = keyof typeof defaultQuotas;

/** A number for each. */
export type Quotas = Record<QuotaName, number>;

/** Their names, in the order in which people see them. */
export const quotaNames = z.enum(Object.keys(defaultQuotas) as [QuotaName, ...QuotaName[]]);

/** Numbers of a producer's own; what is missing is as for everybody. */
export const quotaOverrides = z.partialRecord(quotaNames, z.int().min(0).max(Number.MAX_SAFE_INTEGER));

/** The quotas of a producer, from the column of their row. One that can't be read counts as empty. */
export function quotasOf(column: unknown): Quotas {
  return { ...defaultQuotas, ...(quotaOverrides.safeParse(column ?? {}).data ?? {}) };
}

/**
 * How many versions of a policy are kept: fewer when all of the producer's policies together take more than half of their
 * bytes, so that a large library never comes to its end by changes alone.
 */
export function versionsKept(quotas: Quotas, policyBytes: number): number {
  return Math.max(
    1,
    Math.min(quotas.policy_versions, policyBytes * 2 < quotas.policy_bytes ? Number.POSITIVE_INFINITY : 2),
  );
}
