/**
 * Keys that sign playback tokens. Each has one algorithm, with which a token's header must agree (RFC 8725 §3.1), so that a
 * public key can never pass as the secret of an HMAC.
 */
import { z } from "zod";
import { idAlphabet } from "../../shared/new-id.ts";

/** The supported algorithms: HMAC with SHA-256 (RFC 7518 §3.2), and Ed25519 (RFC 8037). */
export type Algorithm = "HS256" | "EdDSA";

/** A key that verifies tokens, and may sign them. */
export interface SignatureKey {
  kid: string;
  algorithm: Algorithm;
  verifier: CryptoKey;
  /** Null for a key that only verifies. */
  signer: CryptoKey | null;
  /** The producer whose key this is: it opens only their films. Null for the service's own keys. */
  producerId: string | null;
}

const producerKid = new RegExp(`^sgk_[${idAlphabet}]{20}$`);

/** Checks whether a `kid` has the form of a producer's signing key (`newId("signingKey")`); no other is looked up. */
export function isProducerKid(kid: string): boolean {
  return producerKid.test(kid);
}

/** Least length of a secret, bytes: that of the hash (RFC 7518 §3.2). */
const leastSecretBytes = 32;

/** Length of Ed25519's keys, bytes (RFC 8032 §5.1.5). */
const ed25519Bytes = 32;

/** Length of signatures, bytes (RFC 7518 §3.2, RFC 8032 §5.1.6). */
const signatureBytes: Record<Algorithm, number> = { HS256: 32, EdDSA: 64 };

const hmac = { name: "HMAC", hash: "SHA-256" };
const ed25519 = { name: "Ed25519" };

/** The names of an algorithm in a token's header: RFC 9864 has renamed `EdDSA` over this curve to `Ed25519`. */
const names: Record<Algorithm, readonly string[]> = { HS256: ["HS256"], EdDSA: ["EdDSA", "Ed25519"] };

/** Checks whether a token whose header names `alg` may be verified with this key. */
export function isAlgorithmOf(key: Pick<SignatureKey, "algorithm">, alg: string): boolean {
  return names[key.algorithm].includes(alg);
}

/** A JSON Web Key of one of our two kinds (RFC 7517; members without influence on the key's value are ignored). */
export const jwkSchema = z.discriminatedUnion("kty", [
  z.object({ kty: z.literal("oct"), k: z.string(), alg: z.literal("HS256").exactOptional() }),
  z.object({
    kty: z.literal("OKP"),
    crv: z.literal("Ed25519"),
    x: z.string(),
    d: z.string().exactOptional(),
    alg: z.enum(["EdDSA", "Ed25519"]).exactOptional(),
  }),
]);

/** See {@link jwkSchema}. */
export type Jwk = z.infer<typeof jwkSchema>;

/**
 * Imports one of the service's own keys.
 * @throws Error when a secret is shorter than 32 bytes, or the halves of an Ed25519 key are invalid or don't belong together.
 */
export async function importServiceKey(kid: string, jwk: Jwk): Promise<SignatureKey> {
  const of = { kid, producerId: null };
  if (jwk.kty === "oct") {
    const secret = Uint8Array.fromBase64(jwk.k, { alphabet: "base64url" });
    if (secret.length < leastSecretBytes) {
      throw new Error(`PLAYBACK_KEYS: ${kid} is shorter than ${leastSecretBytes} bytes`);
    }
    const key = await crypto.subtle.importKey("raw", secret, hmac, false, ["sign", "verify"]);
    return { ...of, algorithm: "HS256", verifier: key, signer: key };
  }
  const verifier = await importEd25519(jwk.x);
  if (verifier === null) throw new Error(`PLAYBACK_KEYS: ${kid} is no Ed25519 key`);
  if (jwk.d === undefined) return { ...of, algorithm: "EdDSA", verifier, signer: null };
  const { kty, crv, x, d } = jwk;
  const signer = await crypto.subtle.importKey("jwk", { kty, crv, x, d }, ed25519, false, ["sign"]);
  const probe = new TextEncoder().encode(kid);
  if (
    !(await crypto.subtle.verify(ed25519, verifier, await crypto.subtle.sign(ed25519, signer, probe), probe))
  )
    throw new Error(`PLAYBACK_KEYS: the halves of ${kid} don't belong together`);
  return { ...of, algorithm: "EdDSA", verifier, signer };
}

/** Imports the public part of an Ed25519 key, 32 bytes in base64url; null when it is none. */
export async function importEd25519(publicKey: string): Promise<CryptoKey | null> {
  try {
    const bytes = Uint8Array.fromBase64(publicKey, { alphabet: "base64url" });
    if (bytes.length !== ed25519Bytes) return null;
    return await crypto.subtle.importKey("raw", bytes, ed25519, true, ["verify"]);
  } catch {
    return null;
  }
}

/** Signs bytes. @throws Error for a key that only verifies. */
export async function signWith(key: SignatureKey, bytes: Uint8Array): Promise<Uint8Array> {
  if (key.signer === null) throw new Error(`PLAYBACK_KEYS: ${key.kid} has no private part and can't sign`);
  return new Uint8Array(await crypto.subtle.sign(key.signer.algorithm.name, key.signer, bytes));
}

/** Verifies a signature over these bytes, by the key's algorithm, whichever a token names. */
export async function isSignedBy(
  key: SignatureKey,
  signature: Uint8Array,
  bytes: Uint8Array,
): Promise<boolean> {
  // The runtime throws at an Ed25519 signature of another length.
  if (signature.length !== signatureBytes[key.algorithm]) return false;
  return await crypto.subtle.verify(key.verifier.algorithm.name, key.verifier, signature, bytes);
}
