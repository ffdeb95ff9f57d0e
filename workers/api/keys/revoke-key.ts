/** Revokes an API key, and with it everything that was made with it. */
import { and, eq, inArray, isNotNull, isNull, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { apiKeys, sessions, signingKeys } from "../../catalog/schema.ts";
import { findKey } from "./key-store.ts";

/** What to revoke. */
export interface Revocation {
  producerId: string;
  keyId: string;
  /** The keys that were made with it too, and those made with these: when it was in other hands for a while. */
  withMade: boolean;
  /** Also the producer's last key in force. */
  mayBeLast: boolean;
}

/**
 * Revokes a key at `now`; one that was revoked before stays as it is. In the same transaction its studio sessions end, and the
 * signing keys that were added with it; what these signed ends when the change is published, which is the caller's part.
 * @returns `last` when it is the producer's last key in force and that may not be
 */
export async function revokeKey(
  env: Pick<Env, "DB">,
  { producerId, keyId, withMade, mayBeLast }: Revocation,
  now: number,
): Promise<"revoked" | "absent" | "last"> {
  const db = openDatabase(env);
  // Of the same producer only: an operator's key also makes keys for others, who have done nothing.
  const ended = sql`(
    with recursive ended(id) as (
      select id from api_keys where id = ${keyId} and producer_id = ${producerId}
      union
      select made.id from api_keys made join ended on made.made_by = ended.id
      where ${Number(withMade)} and made.producer_id = ${producerId}
    )
    select id from ended)`;
  const another = sql`exists (
    select 1 from api_keys other
    where other.producer_id = ${producerId} and other.revoked_at is null and other.id not in ${ended})`;
  // Of all the producer's revoked keys, so that nothing lives on that an earlier revocation might have left.
  const revoked = db
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.producerId, producerId), isNotNull(apiKeys.revokedAt)));
  const signers = db
    .select({
      kid: signingKeys.kid,
      // Each change of the table has a number of its own.
      next: sql<number>`(select max(change) from signing_keys) + row_number() over (order by ${signingKeys.change})`.as(
        "next_change",
      ),
    })
    .from(signingKeys)
    .where(
      and(
        eq(signingKeys.producerId, producerId),
        isNull(signingKeys.revokedAt),
        inArray(signingKeys.apiKeyId, revoked),
      ),
    )
    .as("signers");
  await db.batch([
    db
      .update(apiKeys)
      .set({ revokedAt: now })
      .where(and(sql`${apiKeys.id} in ${ended}`, isNull(apiKeys.revokedAt), mayBeLast ? undefined : another)),
    db.delete(sessions).where(inArray(sessions.apiKeyId, revoked)),
    db
      .update(signingKeys)
      .set({ revokedAt: now, change: sql`${signers.next}` })
      .from(signers)
      .where(eq(signingKeys.kid, signers.kid)),
  ]);
  const row = await findKey(env, producerId, keyId);
  if (row === undefined) return "absent";
  return row.revokedAt === null ? "last" : "revoked";
}
