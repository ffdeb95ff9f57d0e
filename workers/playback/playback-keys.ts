/** The keys that sign playback tokens. They are rotated by adding one and making it current; old ones still verify. */
import { z } from "zod";

/** Least length of a key, bytes: that of the hash (RFC 7518 §3.2). */
const leastKeyBytes = 32;

const document = z.object({ current: z.string(), keys: z.record(z.string().min(1).max(64), z.string()) });

/** Imported keys, for HMAC with SHA-256 only. */
export interface PlaybackKeys {
  /** The `kid` that new tokens are signed with. */
  current: { kid: string; key: CryptoKey };
  byKid: ReadonlyMap<string, CryptoKey>;
}

let imported: { from: string; keys: PlaybackKeys } | undefined;

/**
 * The keys in the secret `PLAYBACK_KEYS`, `{"current":"k1","keys":{"k1":"base64url"}}`; imported once per isolate.
 * @throws Error when the secret is not of that form, a key is too short, or the current one is missing.
 */
export async function playbackKeys(env: Pick<Env, "PLAYBACK_KEYS">): Promise<PlaybackKeys> {
  if (imported?.from === env.PLAYBACK_KEYS) return imported.keys;
  const { current, keys } = document.parse(JSON.parse(env.PLAYBACK_KEYS));
  const byKid = new Map<string, CryptoKey>();
  for (const [kid, secret] of Object.entries(keys)) {
    const bytes = Uint8Array.fromBase64(secret, { alphabet: "base64url" });
    if (bytes.length < leastKeyBytes)
      throw new Error(`PLAYBACK_KEYS: ${kid} is shorter than ${leastKeyBytes} bytes`);
    const hmac = { name: "HMAC", hash: "SHA-256" };
    byKid.set(kid, await crypto.subtle.importKey("raw", bytes, hmac, false, ["sign", "verify"]));
  }
  const key = byKid.get(current);
  if (key === undefined) throw new Error(`PLAYBACK_KEYS: the current key ${current} is not among the keys`);
  imported = { from: env.PLAYBACK_KEYS, keys: { current: { kid: current, key }, byKid } };
  return imported.keys;
}
