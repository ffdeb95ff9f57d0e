/** A playback URL carries its grant, a signed token, in its path: `/v/{token}/…`. */

/** Matches the part of a playback URL's path that holds the grant. */
export const grantIn = /\/v\/[^/]+\//;

/** Reads the lifetime of the grant in a playback URL, milliseconds; null where it has none. */
export function grantLifetimeMs(url: string): number | null {
  const payload = /\/v\/[^/.]+\.([^/.]+)\./.exec(url)?.[1];
  try {
    const claims: unknown = JSON.parse(atob((payload ?? "").replaceAll("-", "+").replaceAll("_", "/")));
    if (typeof claims !== "object" || claims === null) return null;
    // Both times are the token's own, because the clock of a viewer's machine may be wrong.
    const [from, until]: unknown[] = [Reflect.get(claims, "iat"), Reflect.get(claims, "exp")];
    return typeof from === "number" && typeof until === "number" ? (until - from) * 1000 : null;
  } catch {
    return null;
  }
}
