/**
 * Tokens whose signature this isolate has checked, so that a viewer's next segment costs a look into a table. Only the
 * signature's result is held: times, keys in force and bindings are checked anew each time.
 */
import type { VerifiedToken } from "./playback-claims.ts";
import type { SignatureKey } from "./signature-key.ts";

/** Tokens held in each of two generations. With tokens of 1.5 kB about 8 MB in all. */
const maxYoung = 2000;

/** A token that was signed with `key`. */
export interface CachedToken {
  key: SignatureKey;
  token: VerifiedToken;
}

// What is asked for moves to the young; when they are too many they become the old, and the old are forgotten. A hit among
// the young writes nothing: moving an entry at each hit, as an exact LRU does, costs ten times as much as finding it.
let young = new Map<string, CachedToken>();
let old = new Map<string, CachedToken>();

/** What is held of this very token, whole and in its one spelling. */
export function findCachedToken(token: string): CachedToken | undefined {
  const found = young.get(token);
  if (found !== undefined) return found;
  const before = old.get(token);
  if (before !== undefined) cacheToken(token, before);
  return before;
}

/** Holds a token that was found right. */
export function cacheToken(token: string, checked: CachedToken): void {
  if (young.size >= maxYoung) {
    old = young;
    young = new Map();
  }
  young.set(token, checked);
}
