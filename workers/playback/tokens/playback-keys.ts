/** The service's own keys for playback tokens. They are rotated by adding one and making it current; old ones still verify. */
import { z } from "zod";
import { importServiceKey, isProducerKid, type Jwk, jwkSchema, type SignatureKey } from "./signature-key.ts";

/** A key as a JWK; a text stands for an HMAC secret, `{"kty":"oct","k":text}`. */
const keySchema = z.union([z.string().transform((k): Jwk => ({ kty: "oct", k })), jwkSchema]);

const document = z.object({
  current: z.string(),
  keys: z.record(
    z
      .string()
      .min(1)
      .max(64)
      .refine((kid) => !isProducerKid(kid), "has the form of a producer's key"),
    keySchema,
  ),
});

/** Imported keys. */
export interface PlaybackKeys {
  /** The key that signs new tokens. */
  current: SignatureKey;
  byKid: ReadonlyMap<string, SignatureKey>;
}

let imported: { from: string; keys: PlaybackKeys } | undefined;

/**
 * The keys in the secret `PLAYBACK_KEYS`; imported once per isolate. Each is an HMAC secret (base64url of at least 32
 * bytes) or a JWK of an Ed25519 key: `{"current":"k2","keys":{"k1":"base64url","k2":{"kty":"OKP","crv":"Ed25519",…}}}`.
 * @throws Error when the secret is not of that form, a key is too short, or the current one is missing or can't sign.
 */
export async function playbackKeys(env: Pick<Env, "PLAYBACK_KEYS">): Promise<PlaybackKeys> {
  if (imported?.from === env.PLAYBACK_KEYS) return imported.keys;
  const { current, keys } = document.parse(JSON.parse(env.PLAYBACK_KEYS));
  const byKid = new Map<string, SignatureKey>();
  for (const [kid, jwk] of Object.entries(keys)) byKid.set(kid, await importServiceKey(kid, jwk));
  const key = byKid.get(current);
  if (key === undefined) throw new Error(`PLAYBACK_KEYS: the current key ${current} is not among the keys`);
  if (key.signer === null) throw new Error(`PLAYBACK_KEYS: the current key ${current} has no private part`);
  imported = { from: env.PLAYBACK_KEYS, keys: { current: key, byKid } };
  return imported.keys;
}
