/** Where a viewer is, as Cloudflare's edge sees it. */

/** The country of a viewer whose country is not known: what Cloudflare also says. */
export const unknownCountry = "XX";

/** Cloudflare's code for the Tor network, which is in no country. */
const torNetwork = "T1";

/**
 * The country a request comes from: ISO 3166-1 alpha-2 in upper case, or {@link unknownCountry}.
 * With `COUNTRY_OVERRIDE` set to `allow` (a laptop, tests) the header `Marquee-Country` wins; otherwise it is ignored.
 */
export function countryOf(request: Request, env: Pick<Env, "COUNTRY_OVERRIDE">): string {
  const override = env.COUNTRY_OVERRIDE === "allow" ? request.headers.get("Marquee-Country") : null;
  const country: unknown = override === null ? request.cf?.country : override.toUpperCase();
  if (typeof country !== "string" || !/^[A-Z]{2}$/.test(country) || country === torNetwork)
    return unknownCountry;
  return country;
}
