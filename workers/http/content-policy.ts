/** Content-Security-Policy: what our pages may do in a browser. They run our own files, and nothing else. */

const directives = {
  "default-src": "'none'",
  "base-uri": "'none'",
  "connect-src": "'self'",
  "form-action": "'self'",
  "frame-ancestors": "'none'",
  "img-src": "'self' data:",
  "manifest-src": "'self'",
  "media-src": "'self' blob:",
  "script-src": "'self'",
  "style-src": "'self'",
  "worker-src": "'self' blob:",
};

/**
 * media-chrome's components carry their styles in `<style>` elements of their shadow trees, and hls.js makes text tracks
 * from an empty `data:` one; only the player's page has them.
 */
const playerDirectives = {
  ...directives,
  "media-src": "'self' blob: data:",
  "style-src": "'self' 'unsafe-inline'",
};

/** Directives of media, which scripts load, and Safari by itself. */
const mediaDirectives = ["connect-src", "media-src"] as const;

const write = (policy: Record<string, string>) =>
  Object.entries(policy)
    .map(([name, value]) => `${name} ${value}`)
    .join("; ");

/** The Content-Security-Policy of every page but the player's. */
export const pagePolicy = write(directives);

/** The Content-Security-Policy of the player's page. @param pathways web origins that media may also come from */
export function playerPolicy(pathways: readonly string[]): string {
  const opened = mediaDirectives.map((name) => [name, [playerDirectives[name], ...pathways].join(" ")]);
  return write({ ...playerDirectives, ...Object.fromEntries(opened) });
}
