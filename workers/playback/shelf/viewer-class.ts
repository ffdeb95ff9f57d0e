/** Viewers for whom all rules decide alike, as one part of a path: they share the copies of lists in caches. */
import { type PolicyViewer, unknownCountry } from "../viewer.ts";

/** Stands for the Tor network, as in Cloudflare's own data. */
const tor = "T1";

/** Most networks told apart; a service whose rules name more gives each network a list of its own. */
const maxNetworks = 5000;

/**
 * Names a viewer's class: the country, and the network where any rule names it. @param networks that rules name. Pure.
 */
export function viewerClassOf(viewer: PolicyViewer, networks: ReadonlySet<number>): string {
  const counts = viewer.asn !== null && (networks.has(viewer.asn) || networks.size > maxNetworks);
  return `${viewer.isTor ? tor : viewer.country}${counts ? `-${viewer.asn}` : ""}`;
}

/** Reads {@link viewerClassOf}'s text back; null when it is none. */
export function parseViewerClass(text: string): PolicyViewer | null {
  const [, country, asn] = /^([A-Z]{2}|T1)(?:-(\d{1,10}))?$/.exec(text) ?? [];
  if (country === undefined) return null;
  return {
    country: country === tor ? unknownCountry : country,
    asn: asn === undefined ? null : Number(asn),
    isTor: country === tor,
  };
}
