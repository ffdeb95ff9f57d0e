/**
 * Playback tokens: the signed grant in the path of every media URL. A JWT (RFC 7519) with exactly one algorithm,
 * HS256; whatever its header asks for beyond that is refused (RFC 8725 §3.1), and so is any second spelling of it.
 */
import { z } from "zod";
import { Problem } from "../http/problem.ts";
import { playbackKeys } from "./playback-keys.ts";

/** Who the token is for; a token of another kind that is signed with the same key is refused. */
const audience = "marquee-playback";

/** How long a token outlives the film it is for: time to pause for dinner. Seconds. */
const graceSeconds = 6 * 60 * 60;

/** How far the clocks of two machines may be apart, seconds. */
const leewaySeconds = 60;

/** Longest token that is looked at, characters; ours have about 300. */
const maxTokenLength = 1024;

const header = z.strictObject({ alg: z.literal("HS256"), typ: z.literal("JWT"), kid: z.string() });

const claimsSchema = z.object({
  aud: z.literal(audience),
  title: z.string().min(1),
  asset: z.string().min(1),
  iat: z.int(),
  exp: z.int(),
});

/** What a token grants: this asset of this title. `iat` and `exp` are Unix seconds. */
export type PlaybackClaims = z.infer<typeof claimsSchema>;

/** The claims of a token made at `now` (Unix milliseconds) for a film of this length. Pure. */
export function playbackClaims(
  grant: { title: string; asset: string; durationSeconds: number },
  now: number,
): PlaybackClaims {
  const iat = Math.floor(now / 1000);
  const exp = iat + graceSeconds + Math.ceil(grant.durationSeconds);
  return { aud: audience, title: grant.title, asset: grant.asset, iat, exp };
}

/** Signs claims with the current key. */
export async function signPlaybackToken(
  env: Pick<Env, "PLAYBACK_KEYS">,
  claims: PlaybackClaims,
): Promise<string> {
  const { current } = await playbackKeys(env);
  const jose: z.infer<typeof header> = { alg: "HS256", typ: "JWT", kid: current.kid };
  const signed = `${encodeJson(jose)}.${encodeJson(claims)}`;
  const signature = await crypto.subtle.sign("HMAC", current.key, new TextEncoder().encode(signed));
  return `${signed}.${encode(new Uint8Array(signature))}`;
}

/**
 * Verifies a token at `now` (Unix milliseconds), without I/O.
 * @throws Problem 403 `token_malformed`, `token_forged`, `token_expired` or `token_not_yet_valid`.
 */
export async function verifyPlaybackToken(
  env: Pick<Env, "PLAYBACK_KEYS">,
  token: string,
  now: number,
): Promise<PlaybackClaims> {
  const [first, second, third, ...rest] = token.length > maxTokenLength ? [] : token.split(".");
  if (first === undefined || second === undefined || third === undefined || rest.length > 0)
    throw malformed();
  const jose = header.safeParse(decodeJson(first));
  const signature = decode(third);
  if (signature === null || decodeJson(second) === undefined) throw malformed();
  const key = jose.success ? (await playbackKeys(env)).byKid.get(jose.data.kid) : undefined;
  const signed = new TextEncoder().encode(`${first}.${second}`);
  if (key === undefined || !(await crypto.subtle.verify("HMAC", key, signature, signed))) throw forged();
  const claims = claimsSchema.safeParse(decodeJson(second));
  if (!claims.success) throw malformed();
  const seconds = now / 1000;
  if (claims.data.exp <= seconds) {
    throw new Problem(
      403,
      "token_expired",
      "This playback URL has expired. Ask for a new one at POST /v1/playback.",
    );
  }
  if (claims.data.iat > seconds + leewaySeconds) {
    throw new Problem(403, "token_not_yet_valid", "This playback URL is from the future. Ask for a new one.");
  }
  return claims.data;
}

function malformed(): Problem {
  return new Problem(
    403,
    "token_malformed",
    "This is not a playback URL of ours. Ask for one at POST /v1/playback.",
  );
}

function forged(): Problem {
  return new Problem(
    403,
    "token_forged",
    "This playback URL was not signed by us. Ask for one at POST /v1/playback.",
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
