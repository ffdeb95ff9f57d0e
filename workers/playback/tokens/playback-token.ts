/**
 * Playback tokens: the signed grant in the path of every media URL. A JWT (RFC 7519) with HMAC-SHA-256 or Ed25519, by its key's
 * algorithm; a header that asks for anything else is refused (RFC 8725 §3.1), and so is any second spelling of a token.
 */
import { z } from "zod";
import { Problem } from "../../http/problem.ts";
import { findProducerKey } from "./key-ring.ts";
import { checkTimes, type PlaybackClaims, readClaims, type VerifiedToken } from "./playback-claims.ts";
import { playbackKeys } from "./playback-keys.ts";
import { isAlgorithmOf, isProducerKid, isSignedBy, type SignatureKey, signWith } from "./signature-key.ts";
import { cacheToken, findCachedToken } from "./token-cache.ts";

export { type PlaybackClaims, playbackClaims } from "./playback-claims.ts";

/** Longest token that is read, characters; ours have about 400, one with a hundred countries about 1,000. */
export const maxTokenLength = 1500;

/** The whole header: `jwk`, `jku`, `x5u` and `crit` would all change which keys are trusted (RFC 7515 §4.1). */
const header = z.strictObject({ alg: z.string(), typ: z.literal("JWT").exactOptional(), kid: z.string() });

/** Signs claims with the service's current key. */
export async function signPlaybackToken(
  env: Pick<Env, "PLAYBACK_KEYS">,
  claims: PlaybackClaims,
): Promise<string> {
  const { current } = await playbackKeys(env);
  const jose: z.infer<typeof header> = { alg: current.algorithm, typ: "JWT", kid: current.kid };
  const signed = `${encodeJson(jose)}.${encodeJson(claims)}`;
  return `${signed}.${encode(await signWith(current, new TextEncoder().encode(signed)))}`;
}

/**
 * Verifies a token at `now` (Unix milliseconds). @param readAt the present, by which cached keys age, where `now` is another
 * moment. No I/O, except for the keys of producers, every 20 s (see `key-ring.ts`).
 * @throws Problem 403 `token_malformed`, `token_forged`, `token_key_unknown`, `token_claims_invalid`,
 * `token_too_long_lived`, `token_expired`, `token_not_yet_valid`; 503 `keys_unavailable`.
 */
export async function verifyPlaybackToken(
  env: Pick<Env, "PLAYBACK_KEYS">,
  token: string,
  now: number,
  readAt: number = now,
): Promise<VerifiedToken> {
  const checked = await checkSignature(env, token, readAt);
  checkTimes(checked, checked.producerId !== null, now);
  return checked;
}

/**
 * The asset that a token claims to be for, before anybody has checked that; null when it can't be read. Good for refusing only:
 * anyone can write a token that claims anything.
 */
export function claimedAsset(token: string): string | null {
  if (token.length > maxTokenLength) return null;
  const claims = z.object({ asset: z.string() }).safeParse(decodeJson(token.split(".")[1] ?? ""));
  return claims.success ? claims.data.asset : null;
}

/** Verifies all but the times, for callers that accept a token that has just expired. @throws as `verifyPlaybackToken` */
export async function checkSignature(
  env: Pick<Env, "PLAYBACK_KEYS">,
  token: string,
  now: number,
): Promise<VerifiedToken> {
  const known = findCachedToken(token);
  if (known !== undefined) {
    const inForce = await findKey(env, known.key.kid, now);
    if (inForce === known.key) return known.token;
  }
  if (token.length > maxTokenLength) throw tooLong(token.length);
  const [first, second, third, ...rest] = token.split(".");
  if (first === undefined || second === undefined || third === undefined || rest.length > 0)
    throw malformed();
  const jose = header.safeParse(decodeJson(first));
  const signature = decode(third);
  const payload = decodeJson(second);
  if (signature === null || payload === undefined) throw malformed();
  if (!jose.success) throw forged();
  const { alg, kid } = jose.data;
  const key = await findKey(env, kid, now);
  if (key === null) throw isProducerKid(kid) ? keyUnknown() : forged();
  const signed = new TextEncoder().encode(`${first}.${second}`);
  if (!isAlgorithmOf(key, alg) || !(await isSignedBy(key, signature, signed))) throw forged();
  const verified = { ...readClaims(payload), producerId: key.producerId };
  cacheToken(token, { key, token: verified });
  return verified;
}

async function findKey(
  env: Pick<Env, "PLAYBACK_KEYS">,
  kid: string,
  now: number,
): Promise<SignatureKey | null> {
  if (isProducerKid(kid)) return await findProducerKey(kid, now);
  return (await playbackKeys(env)).byKid.get(kid) ?? null;
}

function malformed(): Problem {
  return new Problem(
    403,
    "token_malformed",
    "This is not a playback URL of ours. Ask for one at POST /v1/playback.",
  );
}

function tooLong(length: number): Problem {
  return new Problem(
    403,
    "token_malformed",
    `This playback URL's token has ${length} characters; it may have ${maxTokenLength}. Sign a shorter one.`,
  );
}

function forged(): Problem {
  return new Problem(
    403,
    "token_forged",
    "This playback URL was not signed by us. Ask for one at POST /v1/playback.",
  );
}

function keyUnknown(): Problem {
  return new Problem(
    403,
    "token_key_unknown",
    "The key that signed this playback URL was revoked, or never was. Sign with one that GET /v1/signing-keys lists.",
  );
}

function encode(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

function encodeJson(value: unknown): string {
  return encode(new TextEncoder().encode(JSON.stringify(value)));
}

/** The bytes of a base64url text in its one right spelling: no padding, no blanks, no stray bits; otherwise null. */
function decode(text: string): Uint8Array | null {
  try {
    const bytes = Uint8Array.fromBase64(text, { alphabet: "base64url" });
    return encode(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

function decodeJson(text: string): unknown {
  const bytes = decode(text);
  if (bytes === null) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
