/**
 * The producers' keys, cached in the isolate. All keys in force are cached, so a token with a made-up `kid` costs no read,
 * however many come. Each 20 s one request reads the changes since then from D1 (mostly no row at all), while the others go on
 * with the cached keys; keys older than 30 s don't count, so a revocation is everywhere after 30 s.
 */
import { and, desc, gt, isNull, max } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { signingKeys } from "../../catalog/schema.ts";
import { Problem } from "../../http/problem.ts";
import { BoundedMap } from "../../shared/bounded-map.ts";
import { importEd25519, type SignatureKey } from "./signature-key.ts";

/** Longest that cached keys are trusted, ms. */
export const keysTtlMs = 30_000;

/** Age from which one request reads the changes, ms. */
const keysRefreshMs = 20_000;

/** Keys cached in one isolate, about 10 MB; of more keys, the newest. */
const maxCached = 20_000;

interface CachedKey {
  producerId: string;
  publicKey: string;
  /** Imported when it is first used. */
  imported?: SignatureKey;
}

interface Ring {
  keys: BoundedMap<string, CachedKey>;
  /** The highest `change` among its keys. */
  change: number;
  readAt: number;
}

let ring: Ring | null = null;
/** Time of the last beginning of a refresh, which may have been cut off. */
let refreshingSince = Number.NEGATIVE_INFINITY;

/**
 * The producer's key with this `kid` at `now` (Unix milliseconds); null when there is none, or it was revoked.
 * @throws Problem 503 `keys_unavailable` when the database can't be read and the cached keys are too old.
 */
export async function findProducerKey(
  env: Pick<Env, "DB">,
  kid: string,
  now: number,
): Promise<SignatureKey | null> {
  const { keys } = await currentRing(env, now);
  const cached = keys.get(kid);
  if (cached === undefined) return null;
  if (cached.imported !== undefined) return cached.imported;
  const verifier = await importEd25519(cached.publicKey);
  if (verifier === null) return null;
  const { producerId } = cached;
  cached.imported = { kid, algorithm: "EdDSA", verifier, signer: null, producerId };
  return cached.imported;
}

/** Makes the next lookup read changes, so that a change made through this isolate counts at once in it. */
export function forgetKeyAge(): void {
  if (ring !== null) ring.readAt = Number.NEGATIVE_INFINITY;
}

async function currentRing(env: Pick<Env, "DB">, now: number): Promise<Ring> {
  const age = ring === null || now < ring.readAt ? Number.POSITIVE_INFINITY : now - ring.readAt;
  const isFresh = age < keysRefreshMs;
  const isOthersWork = age < keysTtlMs && now - refreshingSince < keysTtlMs - keysRefreshMs;
  if (ring !== null && (isFresh || isOthersWork)) return ring;
  refreshingSince = now;
  try {
    ring = await readChanges(env, ring, now);
    return ring;
  } catch (error) {
    console.error("signing keys could not be read", error);
    if (ring !== null && age < keysTtlMs) return ring;
    throw new Problem(
      503,
      "keys_unavailable",
      "This playback URL could not be checked just now. Try again.",
      {
        headers: { "Retry-After": "1" },
      },
    );
  }
}

/** Reads from the primary database: a replica that lags would let revoked keys live on. */
async function readChanges(env: Pick<Env, "DB">, before: Ring | null, now: number): Promise<Ring> {
  const db = openDatabase(env);
  const since = before?.change ?? -1;
  const inForce = before === null ? isNull(signingKeys.revokedAt) : undefined;
  const [[newest], rows] = await db.batch([
    db.select({ change: max(signingKeys.change) }).from(signingKeys),
    db
      .select()
      .from(signingKeys)
      .where(and(gt(signingKeys.change, since), inForce))
      .orderBy(desc(signingKeys.change))
      .limit(maxCached),
  ]);
  const change = newest?.change ?? -1;
  // The database was restored to an earlier day, so the cached keys say nothing of it.
  if (before !== null && change < before.change) return await readChanges(env, null, now);
  const keys = before?.keys ?? new BoundedMap<string, CachedKey>(maxCached);
  for (const { kid, producerId, publicKey, revokedAt } of rows.toReversed()) {
    if (revokedAt !== null) keys.delete(kid);
    else keys.set(kid, { producerId, publicKey });
  }
  return { keys, change, readAt: now };
}
