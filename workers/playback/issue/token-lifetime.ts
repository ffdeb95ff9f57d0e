/** Least lifetime that can be set, seconds: a player must have the time to ask for the next token. */
const leastSeconds = 5;

/**
 * How long tokens of the service are good for, seconds: `PLAYBACK_TOKEN_SECONDS`; null when it is empty: as long as the
 * film and six hours. @throws Error when it is something else than a whole number of at least 5.
 */
export function tokenLifetime(env: Pick<Env, "PLAYBACK_TOKEN_SECONDS">): number | null {
  const text = env.PLAYBACK_TOKEN_SECONDS;
  if (text === "") return null;
  const seconds = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (seconds < leastSeconds) throw new Error(`PLAYBACK_TOKEN_SECONDS is not a number of seconds: ${text}`);
  return seconds;
}
