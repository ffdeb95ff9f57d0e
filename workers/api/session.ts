/** Studio sign-ins: a random token in a cookie, its hash in D1. */
import { and, eq, isNull, sql } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { apiKeys, sessions } from "../catalog/schema.ts";
import { quotaOf } from "../catalog/usage.ts";
import { findByKey } from "../http/find-sign-in.ts";
import { sha256Hex } from "../shared/digest.ts";

/** Lifetime of a sign-in, seconds: 30 days. */
export const sessionSeconds = 30 * 24 * 60 * 60;

/** A session that has begun: the cookie's token, and whose it is. */
export interface BegunSession {
  token: string;
  producerId: string;
  keyId: string;
}

/** Begins a session for the owner of this API key at `now` (Unix milliseconds). @returns null when the key is not valid */
export async function beginSession(
  env: Pick<Env, "DB">,
  key: string,
  now: number,
): Promise<BegunSession | null> {
  if (!/^[\x21-\x7e]{8,200}$/.test(key)) return null;
  const found = await findByKey(env, key);
  if (found === null) return null;
  const { producerId, keyId } = found;
  const token = crypto
    .getRandomValues(new Uint8Array(32))
    .toBase64({ alphabet: "base64url", omitPadding: true });
  const tokenHash = await sha256Hex(token);
  const db = openDatabase(env);
  const [begun] = await db.batch([
    // Only while the key is in force: one that is revoked at this moment begins nothing.
    db
      .insert(sessions)
      .select(
        db
          .select({
            tokenHash: sql<string>`${tokenHash}`.as("token_hash"),
            producerId: apiKeys.producerId,
            apiKeyId: apiKeys.id,
            expiresAt: sql<number>`${now + sessionSeconds * 1000}`.as("expires_at"),
          })
          .from(apiKeys)
          .where(and(eq(apiKeys.id, keyId), isNull(apiKeys.revokedAt))),
      )
      .returning({ keyId: sessions.apiKeyId }),
    // Of more sign-ins than the producer may have, those that end first end now.
    db.delete(sessions).where(
      sql`${sessions.tokenHash} in (select s.token_hash from ${sessions} s where s.producer_id = ${producerId}
        order by s.expires_at desc, s.token_hash limit -1 offset ${quotaOf("sessions", producerId)})`,
    ),
  ]);
  return begun.length === 0 ? null : { token, producerId, keyId };
}

/** Ends the session of this cookie's token; nothing happens when there is none. */
export async function endSession(env: Pick<Env, "DB">, token: string): Promise<void> {
  await openDatabase(env)
    .delete(sessions)
    .where(eq(sessions.tokenHash, await sha256Hex(token)));
}
