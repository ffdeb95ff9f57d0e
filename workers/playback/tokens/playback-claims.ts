/** The claims of playback tokens, and their lifetimes: pure rules, the same for the service's tokens and for producers'. */
import { z } from "zod";
import { Problem, pointersOf } from "../../http/problem.ts";
import { isCountryCode } from "../../shared/countries.ts";
import { parseIpPrefix } from "./ip-prefix.ts";
import { isOriginPattern } from "./web-origin.ts";

/** The audience of playback tokens; a token of another kind that is signed with the same key is refused. */
const playbackAudience = "marquee-playback";

/** Time by which a token outlives its film, seconds: for a pause for dinner. */
const graceSeconds = 6 * 60 * 60;

/** Seconds that a signing machine's clock may be ahead of ours. */
const leewaySeconds = 60;

/** Least lifetime that can be set, seconds: a player needs time to get the next token. */
const minLifetimeSeconds = 5;

/** Longest lifetime of a producer's token, seconds. Films have 12 hours at most. */
const maxProducerLifetimeSeconds = 24 * 60 * 60;

const seconds = z.int().nonnegative();

/**
 * Every known claim (RFC 7519 §4). All others are refused: a restriction that is misspelled, or newer than the Worker that
 * reads it, must never be ignored. `sub` and `jti` are for the signer; nothing here looks at them.
 */
const schema = z.strictObject({
  aud: z.literal(playbackAudience),
  iat: seconds,
  nbf: seconds.exactOptional(),
  exp: seconds,
  asset: z.string().min(1).max(64),
  title: z.string().min(1).max(64).exactOptional(),
  countries: z
    .array(z.string().refine(isCountryCode, "must be an ISO 3166-1 alpha-2 country code, for example DE"))
    .min(1)
    .max(100)
    .exactOptional(),
  ip: z
    .string()
    .refine(
      (text) => parseIpPrefix(text) !== null,
      "must be an address or a prefix, for example 203.0.113.0/24",
    )
    .exactOptional(),
  max_height: z.int().min(1).max(10_000).exactOptional(),
  origins: z
    .array(z.string().refine(isOriginPattern, "must be a web origin, for example https://example.com"))
    .min(1)
    .max(10)
    .exactOptional(),
  iss: z.string().max(200).exactOptional(),
  sub: z.string().max(200).exactOptional(),
  jti: z.string().max(100).exactOptional(),
});

/**
 * The grant of a token: this asset (of this title), from `iat` (or `nbf`) until `exp`, Unix seconds; and to whom:
 * `countries` (ISO 3166-1 alpha-2), `ip` (address or CIDR prefix), `origins` (of pages), `max_height` (of the picture, as
 * policies count it).
 */
export type PlaybackClaims = z.infer<typeof schema>;

/**
 * The claims of a valid token, and the producer who signed it, whose token opens only their films; null: the service itself.
 * Its restrictions are for `restrictRequest` to check.
 */
export type VerifiedToken = PlaybackClaims & { producerId: string | null };

/** The restrictions that a token can carry beside its asset. */
export type Bindings = Pick<PlaybackClaims, "countries" | "ip" | "max_height" | "origins">;

/** A grant to write as claims. `lifetimeSeconds` null: as long as the film and six hours. */
export interface NewGrant {
  title: string;
  asset: string;
  durationSeconds: number;
  lifetimeSeconds?: number | null;
  bindings?: Bindings;
}

/**
 * The lifetime of the service's tokens, seconds: `PLAYBACK_TOKEN_SECONDS`; null when it is empty: as long as the film and six
 * hours. @throws Error when it is not a whole number of at least 5.
 */
export function tokenLifetime(env: Pick<Env, "PLAYBACK_TOKEN_SECONDS">): number | null {
  const text = env.PLAYBACK_TOKEN_SECONDS;
  if (text === "") return null;
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (seconds < minLifetimeSeconds)
    throw new Error(`PLAYBACK_TOKEN_SECONDS is not a number of seconds: ${text}`);
  return seconds;
}

/** The claims of a token of the service made at `now` (Unix milliseconds). */
export function playbackClaims(grant: NewGrant, now: number): PlaybackClaims {
  const iat = Math.floor(now / 1000);
  const exp = iat + (grant.lifetimeSeconds ?? graceSeconds + Math.ceil(grant.durationSeconds));
  return {
    aud: playbackAudience,
    title: grant.title,
    asset: grant.asset,
    iat,
    exp,
    ...grant.bindings,
  };
}

/**
 * Reads the claims of a token whose signature is valid.
 * @throws Problem 403 `token_claims_invalid` with `errors`: a pointer and a detail each.
 */
export function readClaims(payload: unknown): PlaybackClaims {
  const parsed = schema.safeParse(payload);
  if (parsed.success) return parsed.data;
  throw invalid(pointersOf(parsed.error));
}

/**
 * Checks the times of claims at `now` (Unix milliseconds), RFC 7519 §4.1.4–4.1.6: from `nbf` and `iat` on, a minute of
 * leeway before them; until `exp`, to the second. A producer's token is valid for at most 24 h.
 * @throws Problem 403 `token_expired`, `token_not_yet_valid`, `token_too_long_lived`, `token_claims_invalid`.
 */
export function checkTimes(claims: PlaybackClaims, isProducers: boolean, now: number): void {
  const { iat, nbf = iat, exp } = claims;
  if (exp <= Math.max(iat, nbf)) throw invalid([{ pointer: "/exp", detail: "must be after iat and nbf" }]);
  if (isProducers && exp - iat > maxProducerLifetimeSeconds) {
    throw new Problem(
      403,
      "token_too_long_lived",
      `A token may be valid for at most ${maxProducerLifetimeSeconds} seconds. Sign one with an earlier exp.`,
    );
  }
  if (exp * 1000 <= now) {
    throw new Problem(
      403,
      "token_expired",
      "This playback URL has expired. Ask for a new one where you got it.",
    );
  }
  if (Math.max(iat, nbf) * 1000 > now + leewaySeconds * 1000) {
    throw new Problem(
      403,
      "token_not_yet_valid",
      "This playback URL is not valid yet. Ask for a new one, or check the clock of the machine that signed it.",
    );
  }
}

function invalid(errors: { pointer: string; detail: string }[]): Problem {
  const [first] = errors;
  return new Problem(
    403,
    "token_claims_invalid",
    `This playback URL is signed, but its claims are invalid (${first?.pointer ?? ""}: ${first?.detail ?? ""}). Sign another one.`,
    { members: { errors } },
  );
}
