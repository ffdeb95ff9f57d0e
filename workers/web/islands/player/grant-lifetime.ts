/** How long the grant in a playback URL was given for, milliseconds; null when that can't be read from it. */
export function grantLifetimeMs(url: string): number | null {
  const payload = /\/v\/[^/.]+\.([^/.]+)\./.exec(url)?.[1];
  try {
    const claims: unknown = JSON.parse(atob((payload ?? "").replaceAll("-", "+").replaceAll("_", "/")));
    if (typeof claims !== "object" || claims === null) return null;
    // Its own two times, because the clock of a viewer's machine may be wrong.
    const [from, until]: unknown[] = [Reflect.get(claims, "iat"), Reflect.get(claims, "exp")];
    return typeof from === "number" && typeof until === "number" ? (until - from) * 1000 : null;
  } catch {
    return null;
  }
}
