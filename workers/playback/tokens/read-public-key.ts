/** Reads the Ed25519 public key that a producer gives, as a JWK (RFC 8037) or as PEM (RFC 8410). */
import { z } from "zod";
import { Problem } from "../../http/problem.ts";
import { importEd25519 } from "./signature-key.ts";

/** The bytes before the key's 32 in every Ed25519 SubjectPublicKeyInfo (RFC 8410 §4). */
const spkiPrefix = Uint8Array.fromHex("302a300506032b6570032100");

/** Points of small order, without their sign bit: with one of them as public key, anybody can forge a signature. */
const smallOrder = new Set([
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
]);

/** The form of `public_key` in the API; {@link readPublicKey} reads it. */
export const publicKeySchema = z.union(
  [z.string().max(2000), z.record(z.string(), z.unknown())],
  "must be an Ed25519 public key: a JWK or PEM text",
);

const jwkSchema = z.object({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string() });

/**
 * Reads a public key.
 * @returns its 32 bytes in base64url without padding
 * @throws Problem 422 `private_key_given`, 422 `unsupported_key`
 */
export async function readPublicKey(given: z.infer<typeof publicKeySchema>): Promise<string> {
  const isPrivate = typeof given === "string" ? given.includes("PRIVATE KEY") : "d" in given || "k" in given;
  if (isPrivate) {
    throw new Problem(
      422,
      "private_key_given",
      "This is a private key. Stop using it: make another one, and send only its public part.",
    );
  }
  const bytes = typeof given === "string" ? readPem(given) : readJwk(given);
  if (bytes === null) throw unsupported();
  const text = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  const signless = Uint8Array.from(bytes);
  signless[31] = (signless[31] ?? 0) & 0x7f;
  if (smallOrder.has(signless.toHex())) throw unsupported();
  if ((await importEd25519(text)) === null) throw unsupported();
  return text;
}

function readJwk(given: Record<string, unknown>): Uint8Array | null {
  const jwk = jwkSchema.safeParse(given);
  return jwk.success ? bytesOf(jwk.data.x, "base64url") : null;
}

function readPem(text: string): Uint8Array | null {
  const base64 = /^\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/.exec(
    text,
  )?.[1];
  const der = base64 === undefined ? null : bytesOf(base64, "base64");
  if (der === null || !spkiPrefix.every((byte, at) => der[at] === byte)) return null;
  return der.subarray(spkiPrefix.length);
}

function bytesOf(text: string, alphabet: "base64" | "base64url"): Uint8Array | null {
  try {
    return Uint8Array.fromBase64(text, { alphabet });
  } catch {
    return null;
  }
}

function unsupported(): Problem {
  return new Problem(
    422,
    "unsupported_key",
    'Send an Ed25519 public key: a JWK {"kty":"OKP","crv":"Ed25519","x":"…"}, or the PEM that `openssl pkey -pubout` writes.',
  );
}
