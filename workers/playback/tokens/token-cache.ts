/**
 * Tokens whose signature this isolate has verified, so that a viewer's next segment costs one table lookup. Only the
 * signature's result is cached: times, keys in force and restrictions are checked anew each time.
 */
import type { VerifiedToken } from "./playback-claims.ts";
import type { SignatureKey } from "./signature-key.ts";

/** Tokens cached in each of two generations. With tokens of 1.5 kB about 8 MB in all. */
const maxYoung = 2000;

/** A token that was signed with `key`. */
export interface CachedToken {
  key: SignatureKey;
  token: VerifiedToken;
}

// A hit among the old moves its entry to the young; when these are too many they become the old, and the old are dropped. One
// the young writes nothing: moving an entry at each hit, as an exact LRU does, costs ten times as much as finding it.
let young = new Map<string, CachedToken>();
let old = new Map<string, CachedToken>();

/** The cached result for exactly this token. */
export function findCachedToken(token: string): CachedToken | undefined {
  const found = young.get(token);
  if (found !== undefined) return found;
  const before = old.get(token);
  if (before !== undefined) cacheToken(token, before);
  return before;
}

/** Caches a verified token. */
export function cacheToken(token: string, checked: CachedToken): void {
  if (young.size >= maxYoung) {
    old = young;
    young = new Map();
  }
  young.set(token, checked);
}
