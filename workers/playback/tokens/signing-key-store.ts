/** A producer's signing keys in the database. Only public parts are kept. */
import { and, desc, eq, isNull, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { signingKeys } from "../../catalog/schema.ts";
import { quotaOf } from "../../catalog/usage.ts";
import { newId } from "../../shared/new-id.ts";

/** Keys of a producer that are kept at most, revoked ones too; those go a month after. */
export const mostKeptKeys = 200;

/** A signing key's row. Times are Unix milliseconds. */
export type SigningKeyRow = typeof signingKeys.$inferSelect;

const nextChange = sql<number>`(select coalesce(max(change), 0) + 1 from signing_keys)`;

/**
 * Adds a key at `now`. @param by the producer, and their API key with which it is added and ends
 * @param key `publicKey`: 32 bytes in base64url
 * @returns its row; null when the producer has as many in force as their quota says, or {@link mostKeptKeys} in all, or that
 * API key is revoked by now.
 */
export async function addSigningKey(
  env: Pick<Env, "DB">,
  { producerId, keyId }: { producerId: string; keyId: string },
  key: { name: string; publicKey: string },
  now: number,
): Promise<SigningKeyRow | null> {
  const kid = newId("signingKey");
  const db = openDatabase(env);
  // One statement, so that requests at the same moment can't have more keys than the limit, nor one outlive its API key.
  await db.run(sql`
    insert into signing_keys (kid, producer_id, api_key_id, name, public_key, change, created_at)
    select ${kid}, ${producerId}, ${keyId}, ${key.name}, ${key.publicKey}, ${nextChange}, ${now}
    where exists (select 1 from api_keys where id = ${keyId} and revoked_at is null)
      and (select count(*) from signing_keys where producer_id = ${producerId} and revoked_at is null) < ${quotaOf("signing_keys", producerId)}
      and (select count(*) from signing_keys where producer_id = ${producerId}) < ${mostKeptKeys}`);
  return (await db.select().from(signingKeys).where(eq(signingKeys.kid, kid)).get()) ?? null;
}

/** Counts a producer's keys in force. */
export async function countSigningKeys(env: Pick<Env, "DB">, producerId: string): Promise<number> {
  const own = and(eq(signingKeys.producerId, producerId), isNull(signingKeys.revokedAt));
  return await openDatabase(env).$count(signingKeys, own);
}

/** The producer's keys, newest first, revoked ones too. */
export async function listSigningKeys(env: Pick<Env, "DB">, producerId: string): Promise<SigningKeyRow[]> {
  return await openDatabase(env)
    .select()
    .from(signingKeys)
    .where(eq(signingKeys.producerId, producerId))
    .orderBy(desc(signingKeys.change))
    .limit(mostKeptKeys);
}

/**
 * Revokes a key at `now`; one that was revoked before stays as it is.
 * @returns whether the producer has, or had, such a key.
 */
export async function revokeSigningKey(
  env: Pick<Env, "DB">,
  producerId: string,
  kid: string,
  now: number,
): Promise<boolean> {
  const db = openDatabase(env);
  const own = and(eq(signingKeys.kid, kid), eq(signingKeys.producerId, producerId));
  const [, found] = await db.batch([
    db
      .update(signingKeys)
      .set({ revokedAt: now, change: nextChange })
      .where(and(own, isNull(signingKeys.revokedAt))),
    db.select({ kid: signingKeys.kid }).from(signingKeys).where(own),
  ]);
  return found.length > 0;
}
