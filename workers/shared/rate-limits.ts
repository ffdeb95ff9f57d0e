/**
 * Requests a minute: of one key or session, of one account, from one address. Cloudflare counts them at each of its locations by
 * itself and approximately (`[[ratelimits]]` in wrangler.toml has the same numbers, and a test compares them), which is
 * enough against programs that run away or try keys; what costs something lasting is bounded by quotas.
 */

/** Seconds of the period that all limits count by. */
export const periodSeconds = 60;

/** The limits, requests in {@link periodSeconds}, and the bindings that count them. */
export const rateLimits = {
  /** With one API key, or in one studio session. */
  key: { binding: "RATE_KEY", requests: 3000 },
  /** Of one producer, whatever the keys. */
  account: { binding: "RATE_ACCOUNT", requests: 6000 },
  /** To the producers' API from one address. */
  address: { binding: "RATE_ADDRESS", requests: 6000 },
  /** With a key that is none, from one address. */
  wrong_key: { binding: "RATE_WRONG_KEY", requests: 60 },
  /** Tries to sign in, from one address. */
  sign_in: { binding: "RATE_SIGN_IN", requests: 20 },
  /** Of viewers to `/v1/playback`, from one address: behind it may be a whole town. */
  playback: { binding: "RATE_PLAYBACK", requests: 6000 },
  /** Of viewers to `/images`, from one address: a page has thirty. */
  images: { binding: "RATE_IMAGES", requests: 12_000 },
} as const;

/** One of the limits. */
export type RateLimitName = keyof typeof rateLimits;
