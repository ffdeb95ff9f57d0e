/** Checks a valid token against a request: its film, its viewer, and the page that plays it. */
import { ownOrigins } from "../../http/own-origins.ts";
import { Problem } from "../../http/problem.ts";
import type { VerifiedToken } from "./playback-claims.ts";
import { checkRestrictions, type EmbeddingRule } from "./token-restrictions.ts";
import { embedderOf } from "./web-origin.ts";

/** The facts of a film that restrictions depend on: its owner, and the pages that may play it. */
export interface RestrictedFilm extends EmbeddingRule {
  titleId: string;
  /** Of the asset. */
  producerId: string;
}

/**
 * Checks a token's restrictions for a request. @param country as of `countryOf`
 * @returns the one web origin that may read the answer; null: any may (see `checkRestrictions`).
 * @throws Problem 403 `token_foreign`, and those of `checkRestrictions`.
 */
export function restrictRequest(
  env: Pick<Env, "PUBLIC_ORIGINS">,
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
    // The ordinary case, and the hot path: no restriction.
    if (film.allowedOrigins === null) return null;
  }
  return checkRestrictions(token, film, {
    country,
    address: request.headers.get("CF-Connecting-IP"),
    embedder: () => embedderOf(request),
    ownOrigins: ownOrigins(env).all,
  });
}
