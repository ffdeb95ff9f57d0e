/**
 * The keys of encrypted films. None is stored: each is derived (HKDF, RFC 5869) from a secret of the service, for a minute of
 * one rendition at one revision of its asset. So a viewer who may have 480p holds no key to 1080p, and a new revision has new
 * keys. Secrets are rotated by adding one and making it current; segments encrypted under an old one stay readable while that
 * one is still listed.
 */
import { z } from "zod";

/** Least length of a secret, bytes: that of the hash. */
const leastSecretBytes = 32;

/** Bytes of an AES-128 key. */
const keyBits = 128;

const document = z.object({
  current: z.string(),
  keys: z.record(z.string().regex(/^[a-z0-9]{1,16}$/), z.string()),
});

/** The imported secrets, by the name that stands in URLs. */
export interface ContentKeys {
  /** The name of the secret that new playlists are written for. */
  current: string;
  byKid: ReadonlyMap<string, CryptoKey>;
}

/** The scope of one key: a part of a rendition, named by its key file (key-files.ts). */
export interface KeyScope {
  assetId: string;
  revision: number;
  kid: string;
  rendition: string;
  keyFile: string;
}

let imported: { from: string; keys: ContentKeys } | undefined;

/**
 * The secrets in `CONTENT_KEYS`, `{"current":"c1","keys":{"c1":"base64url"}}`; imported once per isolate.
 * @throws Error when it is not of that form, a secret is too short, or the current one is missing.
 */
export async function contentKeys(env: Pick<Env, "CONTENT_KEYS">): Promise<ContentKeys> {
  if (imported?.from === env.CONTENT_KEYS) return imported.keys;
  const { current, keys } = document.parse(JSON.parse(env.CONTENT_KEYS));
  const byKid = new Map<string, CryptoKey>();
  for (const [kid, secret] of Object.entries(keys)) {
    const bytes = Uint8Array.fromBase64(secret, { alphabet: "base64url" });
    if (bytes.length < leastSecretBytes)
      throw new Error(`CONTENT_KEYS: ${kid} is shorter than ${leastSecretBytes} bytes`);
    byKid.set(kid, await crypto.subtle.importKey("raw", bytes, "HKDF", false, ["deriveBits"]));
  }
  if (!byKid.has(current)) throw new Error(`CONTENT_KEYS: the current key ${current} is not among the keys`);
  imported = { from: env.CONTENT_KEYS, keys: { current, byKid } };
  return imported.keys;
}

/** The 16 bytes of a key; null when its secret is not listed. The same scope always has the same key. */
export async function deriveContentKey(
  keys: ContentKeys,
  scope: KeyScope,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const secret = keys.byKid.get(scope.kid);
  if (secret === undefined) return null;
  // No part can hold a slash, so no two scopes have the same text.
  const info = ["marquee aes-128", scope.assetId, scope.revision, scope.rendition, scope.keyFile].join("/");
  const hkdf = {
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: new TextEncoder().encode(info),
  };
  return new Uint8Array(await crypto.subtle.deriveBits(hkdf, secret, keyBits));
}
