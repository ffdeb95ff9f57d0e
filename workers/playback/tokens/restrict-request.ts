/** The gateway's question about a token that is right in itself: is this film, and this viewer, what it is for? */
import { Problem } from "../../http/problem.ts";
import type { VerifiedToken } from "./playback-claims.ts";
import { checkRestrictions, type EmbeddingRule } from "./token-restrictions.ts";
import { embedderOf } from "./web-origin.ts";

/** What must be known of a film: whose it is, and which pages may play it. */
export interface RestrictedFilm extends EmbeddingRule {
  titleId: string;
  /** Of the asset. */
  producerId: string;
}

/**
 * Lets a request in under a token. @param country as `countryOf` tells it
 * @returns the one web origin that may read the answer; null: any may (see `checkRestrictions`).
 * @throws Problem 403 `token_foreign`, and those of `checkRestrictions`.
 */
export function restrictRequest(
  token: VerifiedToken,
  film: RestrictedFilm,
  request: Request,
  country: string,
): string | null {
  if (token.producerId !== null && token.producerId !== film.producerId) {
    throw new Problem(
      403,
      "token_foreign",
      "This playback URL is signed with the key of a producer whose film this is not. Ask for a new one.",
    );
  }
  if (token.title !== undefined && token.title !== film.titleId) {
    throw new Problem(403, "token_foreign", "This playback URL is for another title. Ask for a new one.");
  }
  if (token.countries === undefined && token.ip === undefined && token.origins === undefined) {
    // The ordinary case, and the hot path: nothing to look at.
    if (film.allowedOrigins === null) return null;
  }
  // Only what the service itself signed says where its pages are; a pathway's host is another than theirs.
  const issuer = token.producerId === null && token.iss !== undefined ? [token.iss] : [];
  return checkRestrictions(token, film, {
    country,
    address: request.headers.get("CF-Connecting-IP"),
    embedder: () => embedderOf(request),
    ownOrigins: [new URL(request.url).origin, ...issuer],
  });
}
