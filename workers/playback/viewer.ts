/** The place of a viewer, as Cloudflare's edge sees it. */

/** The facts of a viewer that a title's rules may ask for. */
export interface PolicyViewer {
  /** ISO 3166-1 alpha-2 in upper case, or `XX`. */
  country: string;
  /** Number of the autonomous system that the request comes from; null when it is not known. */
  asn: number | null;
  /** Comes from the Tor network. */
  isTor: boolean;
}

/** Stands for a country that is not known, as in Cloudflare's own data. */
export const unknownCountry = "XX";

/** Cloudflare's code for the Tor network, which is in no country. */
const torNetwork = "T1";

type Overriding = Pick<Env, "COUNTRY_OVERRIDE">;

/**
 * The country a request comes from: ISO 3166-1 alpha-2 in upper case, or {@link unknownCountry}.
 * With `COUNTRY_OVERRIDE` set to `allow` (a laptop, tests) the header `Marquee-Country` wins; otherwise it is ignored.
 */
export function countryOf(request: Request, env: Overriding): string {
  const country = placeOf(request, env);
  return country === null || country === torNetwork ? unknownCountry : country;
}

/**
 * The viewer who sent a request, as a title's rules see them. Where `COUNTRY_OVERRIDE` is `allow`, the headers `Marquee-Country`
 * (also `T1`, the Tor network) and `Marquee-Asn` win.
 */
export function viewerOf(request: Request, env: Overriding): PolicyViewer {
  const override = env.COUNTRY_OVERRIDE === "allow" ? request.headers.get("Marquee-Asn") : null;
  const asn: unknown = override === null ? request.cf?.asn : Number(override);
  return {
    country: countryOf(request, env),
    asn: typeof asn === "number" && Number.isInteger(asn) ? asn : null,
    isTor: placeOf(request, env) === torNetwork,
  };
}

/** The two characters of a country, or of the Tor network; null for anything else. */
function placeOf(request: Request, env: Overriding): string | null {
  const override = env.COUNTRY_OVERRIDE === "allow" ? request.headers.get("Marquee-Country") : null;
  const place: unknown = override === null ? request.cf?.country : override.toUpperCase();
  return typeof place === "string" && (/^[A-Z]{2}$/.test(place) || place === torNetwork) ? place : null;
}
