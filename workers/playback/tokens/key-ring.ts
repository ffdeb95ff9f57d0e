/**
 * The producers' keys as this isolate holds them. All that are in force are held, so a token with a made-up `kid` costs no
 * read, however many there are. Each 20 s one request asks D1 for what has changed since (mostly no row at all), while the
 * others go on with what is held; nothing that is older than 30 s counts, so that is how soon a revocation is everywhere.
 */
import { and, desc, gt, isNull, max } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { signingKeys } from "../../catalog/schema.ts";
import { Problem } from "../../http/problem.ts";
import { BoundedMap } from "../../shared/bounded-map.ts";
import { importEd25519, type SignatureKey } from "./signature-key.ts";

/** Longest that held keys are trusted, ms. */
export const keysTtlMs = 30_000;

/** From this age on, one request looks for changes, ms. */
const keysRefreshMs = 20_000;

/** Keys held in one isolate, about 10 MB; of more than these, the newest. */
const maxCached = 20_000;

interface CachedKey {
  producerId: string;
  publicKey: string;
  /** Imported when it is first used. */
  imported?: SignatureKey;
}

interface Ring {
  keys: BoundedMap<string, CachedKey>;
  /** The highest `change` that is in it. */
  change: number;
  readAt: number;
}

let ring: Ring | null = null;
/** When a request last began to refresh; it may have been cut off. */
let refreshingSince = Number.NEGATIVE_INFINITY;

/**
 * The producer's key with this `kid` at `now` (Unix milliseconds); null when there is none, or it was revoked.
 * @throws Problem 503 `keys_unavailable` when the database can't be read and what is held is too old.
 */
export async function findProducerKey(
  env: Pick<Env, "DB">,
  kid: string,
  now: number,
): Promise<SignatureKey | null> {
  const { keys } = await currentRing(env, now);
  const held = keys.get(kid);
  if (held === undefined) return null;
  if (held.imported !== undefined) return held.imported;
  const verifier = await importEd25519(held.publicKey);
  if (verifier === null) return null;
  const { producerId } = held;
  held.imported = { kid, algorithm: "EdDSA", verifier, signer: null, producerId };
  return held.imported;
}

/** Looks for changes again at the next question, so that what was changed through this isolate counts at once in it. */
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
  // A database that was restored to an earlier day: what is held says nothing of it.
  if (before !== null && change < before.change) return await readChanges(env, null, now);
  const keys = before?.keys ?? new BoundedMap<string, CachedKey>(maxCached);
  for (const { kid, producerId, publicKey, revokedAt } of rows.toReversed()) {
    if (revokedAt !== null) keys.delete(kid);
    else keys.set(kid, { producerId, publicKey });
  }
  return { keys, change, readAt: now };
}
