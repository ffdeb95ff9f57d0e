/** Web origins (RFC 6454), as rules name them and as browsers send them. */

/** `https://*.` before the rest of a host name: every name below it. */
const wildcard = /^(https?:\/\/)\*\.([^.]+\..+)$/;

/**
 * Checks whether a text names web origins in their one spelling, without path, as browsers send them: `https://host`,
 * `http://host:port`, or `https://*.example.com` for every name below `example.com`, but not for itself.
 */
export function isOriginPattern(text: string): boolean {
  if (text.length > 200 || !/^https?:\/\//.test(text)) return false;
  const origin = text.replace(wildcard, "$1any.$2");
  return !origin.includes("*") && originOf(origin) === origin;
}

/** Checks whether one of these patterns (see {@link isOriginPattern}) names this origin. */
export function isNamedBy(patterns: readonly string[], origin: string): boolean {
  return patterns.some((pattern) => {
    const [, scheme = "", rest = ""] = wildcard.exec(pattern) ?? [];
    return rest === "" ? pattern === origin : origin.startsWith(scheme) && origin.endsWith(`.${rest}`);
  });
}

/** The page that a request comes from. */
export type Embedder =
  /** A page of this origin; `null` for a page that has none (sandboxed frames, files). */
  | { kind: "page"; origin: string }
  /** A browser that hides its page (`Referrer-Policy: no-referrer`). */
  | { kind: "hidden" }
  /** No browser: an app, a television, a command line. */
  | { kind: "native" };

/**
 * Finds the page that a request comes from, by headers that browsers send and pages can't set: `Origin` (Fetch standard §3.2),
 * else `Referer` (RFC 9110 §10.1.3), else `Sec-Fetch-Site`. Programs can send anything: this keeps other people's pages out,
 * not programs.
 */
export function embedderOf(request: Request): Embedder {
  const origin = request.headers.get("Origin");
  if (origin !== null) return { kind: "page", origin: originOf(origin) ?? "null" };
  const referer = request.headers.get("Referer");
  if (referer !== null) return { kind: "page", origin: originOf(referer) ?? "null" };
  const site = request.headers.get("Sec-Fetch-Site");
  if (site === "same-origin") return { kind: "page", origin: new URL(request.url).origin };
  // "none": the address was typed, or opened from a bookmark.
  return site === null || site === "none" ? { kind: "native" } : { kind: "hidden" };
}

function originOf(url: string): string | null {
  try {
    const { origin } = new URL(url);
    return origin === "null" ? null : origin;
  } catch {
    return null;
  }
}
