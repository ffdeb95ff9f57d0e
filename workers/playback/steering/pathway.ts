/** Ways to the media other than this service's own edge, and the choice of them for a viewer. Pure. */

/** PATHWAY-ID of the service's own edge, which every viewer can use; its priority is 0. */
export const edgePathway = "edge";

/** One other way: an on-net cache or a second CDN that pulls from the gateway. Null lists: everywhere, every network. */
export interface Pathway {
  id: string;
  /** Replaces `https://our-host` in the gateway's URLs; no slash at its end. */
  baseUrl: string;
  /** ISO 3166-1 alpha-2. */
  countries: readonly string[] | null;
  asns: readonly number[] | null;
  /** The highest is tried first. */
  priority: number;
  ttlSeconds: number;
}

/** The place of a viewer: country as of `countryOf`, number of their network (null: not known). */
export interface Place {
  country: string;
  asn: number | null;
}

/** The pathways that serve a place, the highest priority first, then by id. */
export function pathwaysFor(place: Place, pathways: readonly Pathway[]): Pathway[] {
  return pathways
    .filter(
      ({ countries, asns }) =>
        (countries === null || countries.includes(place.country)) &&
        (asns === null || (place.asn !== null && asns.includes(place.asn))),
    )
    .toSorted((a, b) => b.priority - a.priority || (a.id < b.id ? -1 : 1));
}
