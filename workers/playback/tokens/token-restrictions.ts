/** Checks a viewer against the restrictions of a playback token, and of a title's rule for pages. Pure. */
import { Problem } from "../../http/problem.ts";
import { unknownCountry } from "../viewer.ts";
import { isInPrefix, parseIp, parseIpPrefix } from "./ip-prefix.ts";
import type { Bindings } from "./playback-claims.ts";
import { type Embedder, isNamedBy } from "./web-origin.ts";

/** The pages that may play a title. */
export interface EmbeddingRule {
  /** Web origins, see `isOriginPattern`; null: any page may. */
  allowedOrigins: readonly string[] | null;
  /** True when players that name no page may, although only some pages may. */
  allowsNativePlayers: boolean;
}

/** Headers of a refusal that holds for this page only: the same URL may play in another page of the same browser. */
const forThisPage = { headers: { "Cache-Control": "no-store", Vary: "Origin" } };

/** The facts of a viewer. `country` as of `countryOf`; `address` as of `CF-Connecting-IP`, null if it is not known. */
export interface ViewerContext {
  country: string;
  address: string | null;
  /** Called only when something depends on it. */
  embedder(): Embedder;
  /** The service's own web origins, whose pages may always play. */
  ownOrigins: readonly string[];
}

/**
 * Checks every restriction.
 * @returns the one web origin whose pages may read the answer (for CORS); null: any may, because nothing here depends on it.
 * @throws Problem 403 `token_country_unknown`, `token_country`, `token_network`, `token_origin`, `origin_not_allowed`,
 * `origin_missing`.
 */
export function checkRestrictions(
  bindings: Bindings,
  rule: EmbeddingRule,
  context: ViewerContext,
): string | null {
  checkCountry(bindings.countries, context.country);
  checkNetwork(bindings.ip, context.address);
  if (bindings.origins === undefined && rule.allowedOrigins === null) return null;
  const embedder = context.embedder();
  const isOwn = embedder.kind === "page" && context.ownOrigins.includes(embedder.origin);
  if (bindings.origins !== undefined) checkTokenOrigins(bindings.origins, embedder);
  if (rule.allowedOrigins !== null && !isOwn)
    checkRule(rule.allowedOrigins, rule.allowsNativePlayers, embedder);
  return embedder.kind === "page" ? embedder.origin : (context.ownOrigins[0] ?? null);
}

function checkCountry(countries: readonly string[] | undefined, country: string): void {
  if (countries === undefined || countries.includes(country)) return;
  if (country === unknownCountry) {
    throw new Problem(
      403,
      "token_country_unknown",
      "We could not tell which country you are in, and this playback URL is for some only. Turn off your VPN or proxy, then try again.",
    );
  }
  throw new Problem(
    403,
    "token_country",
    "This playback URL is for viewers in other countries. Ask for one where you are.",
  );
}

function checkNetwork(ip: string | undefined, address: string | null): void {
  if (ip === undefined) return;
  const prefix = parseIpPrefix(ip);
  const bytes = address === null ? null : parseIp(address);
  if (prefix !== null && bytes !== null && isInPrefix(bytes, prefix)) return;
  throw new Problem(
    403,
    "token_network",
    "This playback URL is for another network than the one you are in now. Ask for a new one.",
  );
}

function checkTokenOrigins(origins: readonly string[], embedder: Embedder): void {
  if (embedder.kind === "native" || (embedder.kind === "page" && isNamedBy(origins, embedder.origin))) return;
  throw new Problem(
    403,
    "token_origin",
    "This playback URL is for other web pages than this one. Watch the film on the page you got it from.",
    forThisPage,
  );
}

function checkRule(origins: readonly string[], allowsNative: boolean, embedder: Embedder): void {
  if (embedder.kind === "native") {
    if (allowsNative) return;
    throw new Problem(
      403,
      "origin_missing",
      "This film plays only in web pages that its producer has named. Watch it on one of them.",
      forThisPage,
    );
  }
  if (embedder.kind === "page" && isNamedBy(origins, embedder.origin)) return;
  throw new Problem(
    403,
    "origin_not_allowed",
    "This page may not play this film. Watch it on our own page, or ask its producer to allow this one.",
    forThisPage,
  );
}
