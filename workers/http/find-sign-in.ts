/** Finds who a secret belongs to: an API key's owner, or the one who signed in to the studio with a key. */
import { and, eq, gt, isNull } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { apiKeys, sessions } from "../catalog/schema.ts";
import { sha256Hex } from "../shared/digest.ts";

/** Who sends a request: a producer, by one of their keys. `lastUsedAt` is the key's (see `api_keys`). */
export interface SignIn {
  producerId: string;
  keyId: string;
  lastUsedAt: number | null;
}

const signIn = { producerId: apiKeys.producerId, keyId: apiKeys.id, lastUsedAt: apiKeys.lastUsedAt };

/**
 * The owner of this API key, or null when it is none or revoked. Secrets are found by their SHA-256 in an index, so the time that
 * takes tells something of the hash at most, of which nobody can choose two letters; the secret itself is never compared.
 */
export async function findByKey(env: Pick<Env, "DB">, key: string): Promise<SignIn | null> {
  const keyHash = await sha256Hex(key);
  const row = await openDatabase(env)
    .select(signIn)
    .from(apiKeys)
    .where(and(eq(apiKeys.keyHash, keyHash), isNull(apiKeys.revokedAt)))
    .get();
  return row ?? null;
}

/** Who signed in with the session of this token, at `now` (Unix milliseconds); null when it is over, or its key is revoked. */
export async function findBySession(
  env: Pick<Env, "DB">,
  token: string,
  now: number,
): Promise<SignIn | null> {
  const tokenHash = await sha256Hex(token);
  const row = await openDatabase(env)
    .select(signIn)
    .from(sessions)
    .innerJoin(apiKeys, eq(apiKeys.id, sessions.apiKeyId))
    .where(and(eq(sessions.tokenHash, tokenHash), gt(sessions.expiresAt, now), isNull(apiKeys.revokedAt)))
    .get();
  return row ?? null;
}
