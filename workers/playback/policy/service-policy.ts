/** The service's policy, as D1 has it, cached in the isolate for a few seconds. */
import { and, desc, eq } from "drizzle-orm";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { policyVersions } from "../../catalog/schema.ts";
import { noServicePolicy } from "./effective-policy.ts";
import { type ServicePolicy, servicePolicyDocument } from "./policy-document.ts";

/** The scope of the service's policy among the versions. */
export const serviceScope = "service";

/** Longest that it is cached, ms. */
const ttlMs = 15_000;

/** A version of the service's policy; 0: none was ever written. `policy` null: the stored document can't be read. */
export interface CachedServicePolicy {
  version: number;
  policy: ServicePolicy | null;
}

let cached: { service: CachedServicePolicy; readAt: number } | undefined;

/** The service's policy, at most 15 s old at `now` (Unix milliseconds). */
export async function readServicePolicy(env: Pick<Env, "DB">, now: number): Promise<CachedServicePolicy> {
  if (cached !== undefined && now >= cached.readAt && now - cached.readAt < ttlMs) return cached.service;
  const service = toServicePolicy(await selectServicePolicy(openDatabase(env)));
  cached = { service, readAt: now };
  return service;
}

/** Drops it from this isolate's cache, so that a new version counts at once here. */
export function forgetServicePolicy(): void {
  cached = undefined;
}

/** Selects the version that counts: one row, or none. */
export function selectServicePolicy(db: Database) {
  return db
    .select({ version: policyVersions.version, document: policyVersions.document })
    .from(policyVersions)
    .where(and(eq(policyVersions.scope, serviceScope)))
    .orderBy(desc(policyVersions.version))
    .limit(1);
}

/** Reads a row of {@link selectServicePolicy}. */
export function toServicePolicy(rows: { version: number; document: unknown }[]): CachedServicePolicy {
  const [row] = rows;
  if (row === undefined) return { version: 0, policy: noServicePolicy };
  const parsed = servicePolicyDocument.safeParse(row.document);
  if (!parsed.success) console.error("unreadable service policy", row.version, parsed.error.message);
  return { version: row.version, policy: parsed.success ? parsed.data : null };
}
