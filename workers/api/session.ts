/** Studio sign-ins: a random token in a cookie, its hash in D1. */
import { eq, sql } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { sessions } from "../catalog/schema.ts";
import { quotaOf } from "../catalog/usage.ts";
import { producerOfKey } from "../http/authenticate.ts";
import { sha256Hex } from "../shared/digest.ts";

/** Lifetime of a sign-in, seconds: 30 days. */
export const sessionSeconds = 30 * 24 * 60 * 60;

/** Begins a session for the owner of this API key. @returns the cookie's token, or null when the key is not valid. */
export async function beginSession(env: Pick<Env, "DB">, key: string, now: number): Promise<string | null> {
  if (!/^[\x21-\x7e]{8,200}$/.test(key)) return null;
  const producerId = await producerOfKey(env, key);
  if (producerId === null) return null;
  const token = crypto
    .getRandomValues(new Uint8Array(32))
    .toBase64({ alphabet: "base64url", omitPadding: true });
  const db = openDatabase(env);
  await db.batch([
    db
      .insert(sessions)
      .values({ tokenHash: await sha256Hex(token), producerId, expiresAt: now + sessionSeconds * 1000 }),
    // Of more sign-ins than the producer may have, those that end first end now.
    db.delete(sessions).where(
      sql`${sessions.tokenHash} in (select s.token_hash from ${sessions} s where s.producer_id = ${producerId}
        order by s.expires_at desc, s.token_hash limit -1 offset ${quotaOf("sessions", producerId)})`,
    ),
  ]);
  return token;
}

/** Ends the session of this cookie's token; nothing happens when there is none. */
export async function endSession(env: Pick<Env, "DB">, token: string): Promise<void> {
  await openDatabase(env)
    .delete(sessions)
    .where(eq(sessions.tokenHash, await sha256Hex(token)));
}
