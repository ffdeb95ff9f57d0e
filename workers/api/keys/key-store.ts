/** A producer's API keys in the database. Only hashes are kept; a key itself is seen once, by whoever makes it. */
import { and, desc, eq, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { olderThan } from "../../catalog/row-order.ts";
import { apiKeys, producers } from "../../catalog/schema.ts";
import { sha256Hex } from "../../shared/digest.ts";
import { newId } from "../../shared/new-id.ts";
import type { PageCursor } from "../../shared/page-cursor.ts";

/** Keys in force that a producer may have: one for each of their people and systems. */
export const maxKeys = 50;

/** Keys that a producer may make in a day: revoked ones stay, so that a program that makes and revokes them would fill the table. */
export const maxMadeADay = 100;

const dayMs = 86_400_000;

/** Keys that a list shows at once, the newest: revoked ones stay in it, so that it can be seen who had access. */
const listedKeys = 200;

/** A key's row. Times are Unix milliseconds. */
export type KeyRow = Omit<typeof apiKeys.$inferSelect, "keyHash">;

const shown = {
  id: apiKeys.id,
  producerId: apiKeys.producerId,
  name: apiKeys.name,
  createdAt: apiKeys.createdAt,
  madeBy: apiKeys.madeBy,
  lastUsedAt: apiKeys.lastUsedAt,
  revokedAt: apiKeys.revokedAt,
};

/** The producer's keys, newest first, revoked ones too (at most 200). */
export async function listKeys(env: Pick<Env, "DB">, producerId: string): Promise<KeyRow[]> {
  return await openDatabase(env)
    .select(shown)
    .from(apiKeys)
    .where(eq(apiKeys.producerId, producerId))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
    .limit(listedKeys);
}

/** Everybody's keys with their owners' names, newest first: those after `after`, at most `limit`. For operators. */
export async function listAllKeys(
  env: Pick<Env, "DB">,
  { after, limit }: { after: PageCursor | null; limit: number },
): Promise<(KeyRow & { producerName: string | null })[]> {
  return await openDatabase(env)
    .select({ ...shown, producerName: producers.name })
    .from(apiKeys)
    .leftJoin(producers, eq(producers.id, apiKeys.producerId))
    .where(olderThan(apiKeys, after))
    .orderBy(desc(apiKeys.createdAt), desc(apiKeys.id))
    .limit(limit);
}

/** The outcome of making a key: the row with the key itself, or why there is none. */
export type MadeKey =
  | { row: KeyRow; key: string }
  | { refused: "too_many" | "no_producer" | "maker_revoked" };

/** Makes a key for a producer at `now`. @param madeBy the key with which it is made; when that is revoked by now, none is made */
export async function makeKey(
  env: Pick<Env, "DB">,
  { producerId, name, madeBy }: { producerId: string; name: string; madeBy: string },
  now: number,
): Promise<MadeKey> {
  const db = openDatabase(env);
  const id = newId("apiKey");
  const key = `mqk_${crypto.getRandomValues(new Uint8Array(24)).toBase64({ alphabet: "base64url" })}`;
  const keyHash = await sha256Hex(key);
  // One statement, so that requests at the same moment can't have more keys than the limit, nor a key outlive its maker.
  await db.run(sql`
    insert into api_keys (id, producer_id, name, key_hash, created_at, made_by)
    select ${id}, ${producerId}, ${name}, ${keyHash}, ${now}, ${madeBy}
    where exists (select 1 from producers where id = ${producerId})
      and exists (select 1 from api_keys where id = ${madeBy} and revoked_at is null)
      and (select count(*) from api_keys where producer_id = ${producerId} and revoked_at is null) < ${maxKeys}
      and (select count(*) from api_keys where producer_id = ${producerId} and created_at > ${now - dayMs}) < ${maxMadeADay}`);
  const [[row], [maker], [producer]] = await db.batch([
    db.select(shown).from(apiKeys).where(eq(apiKeys.id, id)),
    db.select({ revokedAt: apiKeys.revokedAt }).from(apiKeys).where(eq(apiKeys.id, madeBy)),
    db.select({ id: producers.id }).from(producers).where(eq(producers.id, producerId)),
  ]);
  if (row !== undefined) return { row, key };
  if (producer === undefined) return { refused: "no_producer" };
  return { refused: maker?.revokedAt === null ? "too_many" : "maker_revoked" };
}

/** The producer's key with this id; undefined when there is none. */
export async function findKey(
  env: Pick<Env, "DB">,
  producerId: string,
  keyId: string,
): Promise<KeyRow | undefined> {
  return await openDatabase(env)
    .select(shown)
    .from(apiKeys)
    .where(and(eq(apiKeys.id, keyId), eq(apiKeys.producerId, producerId)))
    .get();
}
