/**
 * Tokens whose signature this isolate has checked, so that a viewer's next segment costs a look into a table. Only the
 * signature's result is held: times, keys in force and bindings are checked anew each time.
 */
import type { VerifiedToken } from "./playback-token.ts";
import type { SignatureKey } from "./signature-key.ts";

/** Tokens held; the one that was not asked for the longest goes first. With tokens of 1.5 kB about 8 MB. */
const maxHeld = 4000;

/** A token that was signed with `key`. */
export interface HeldToken {
  key: SignatureKey;
  token: VerifiedToken;
}

const held = new Map<string, HeldToken>();

/** What is held of this very token, whole and in its one spelling. */
export function findHeldToken(token: string): HeldToken | undefined {
  const found = held.get(token);
  if (found !== undefined) {
    // A Map keeps its order of insertion: last used, last in line to go.
    held.delete(token);
    held.set(token, found);
  }
  return found;
}

/** Holds a token that was found right. */
export function holdToken(token: string, checked: HeldToken): void {
  held.set(token, checked);
  if (held.size <= maxHeld) return;
  const [oldest] = held.keys();
  if (oldest !== undefined) held.delete(oldest);
}
