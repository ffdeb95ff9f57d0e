/** A producer's account: what they may have, what they have of it, and how fast they may ask. */
import { and, eq, gt, isNull } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import type { QuotaName } from "../../catalog/quotas.ts";
import { producers, sessions, signingKeys } from "../../catalog/schema.ts";
import { selectShare, shareOf } from "../../catalog/usage.ts";
import { periodSeconds, type RateLimitName, rateLimits } from "../../shared/rate-limits.ts";

/** See {@link describeAccount}. `used` is null where each title has its own count. */
export interface AccountJson {
  id: string;
  name: string;
  is_operator: boolean;
  quotas: Record<QuotaName, { used: number | null; limit: number }>;
  rates: { limit: RateLimitName; requests: number; seconds: number }[];
}

/** The JSON of an account; null when there is no such producer. Reads some rows for each open upload, key and session. */
export async function describeAccount(
  env: Pick<Env, "DB">,
  producerId: string,
  now: number,
): Promise<AccountJson | null> {
  const db = openDatabase(env);
  const [[producer], rows, keys, signIns] = await db.batch([
    db
      .select({ name: producers.name, isOperator: producers.isOperator })
      .from(producers)
      .where(eq(producers.id, producerId)),
    selectShare(db, producerId, now),
    db
      .select({ kid: signingKeys.kid })
      .from(signingKeys)
      .where(and(eq(signingKeys.producerId, producerId), isNull(signingKeys.revokedAt))),
    db
      .select({ expiresAt: sessions.expiresAt })
      .from(sessions)
      .where(and(eq(sessions.producerId, producerId), gt(sessions.expiresAt, now))),
  ]);
  if (producer === undefined) return null;
  const { quotas, used } = shareOf(rows);
  const of = (name: QuotaName, has: number | null) => ({ used: has, limit: quotas[name] });
  return {
    id: producerId,
    name: producer.name,
    is_operator: producer.isOperator,
    quotas: {
      bytes_stored: of("bytes_stored", used.bytes_stored),
      films: of("films", used.films),
      open_uploads: of("open_uploads", used.open_uploads),
      running_patches: of("running_patches", used.running_patches),
      ended_uploads: of("ended_uploads", used.ended_uploads),
      open_tasks: of("open_tasks", used.open_tasks),
      policy_versions: of("policy_versions", null),
      policy_bytes: of("policy_bytes", used.policy_bytes),
      signing_keys: of("signing_keys", keys.length),
      sessions: of("sessions", signIns.length),
    },
    rates: (["account", "key", "address"] as const).map((limit) => ({
      limit,
      requests: rateLimits[limit].requests,
      seconds: periodSeconds,
    })),
  };
}
