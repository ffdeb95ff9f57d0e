/**
 * Steering manifests of HLS content steering (draft-pantos-hls-rfc8216bis §7.2). The multivariant playlist names the
 * service's own edge only, so all countries share it; the other pathways are clones of that one, made here for one viewer.
 */
import { edgePathway, type Pathway } from "./pathway.ts";

/** Time for which players keep a manifest, seconds (§7.2 recommends 300); a pathway may have a shorter one. */
const defaultTtlSeconds = 300;

/** A playlist that a multivariant playlist names: its stable id there, and where it is from that playlist. */
export interface SteeredPlaylist {
  kind: "variant" | "rendition";
  stableId: string;
  path: string;
}

/** A clone's changes to the URIs of its base; `HOST` changes the host only, the others name every URI. */
type Replacement =
  | { HOST: string }
  | { "PER-VARIANT-URIS": Record<string, string>; "PER-RENDITION-URIS": Record<string, string> };

/** The manifest's JSON. */
export interface SteeringManifest {
  VERSION: 1;
  TTL: number;
  "RELOAD-URI": string;
  "PATHWAY-PRIORITY": string[];
  "PATHWAY-CLONES"?: { "BASE-ID": string; ID: string; "URI-REPLACEMENT": Replacement }[];
}

/**
 * The manifest for a viewer who may use these pathways.
 * @param folder absolute URL of the folder that the multivariant playlist is in, with a slash at its end.
 */
export function writeSteeringManifest(
  pathways: readonly Pathway[],
  folder: string,
  playlists: readonly SteeredPlaylist[],
): SteeringManifest {
  const preferred = pathways.filter(({ priority }) => priority > 0).map(({ id }) => id);
  const spare = pathways.filter(({ priority }) => priority <= 0).map(({ id }) => id);
  const clones = pathways.map((pathway) => ({
    "BASE-ID": edgePathway,
    ID: pathway.id,
    "URI-REPLACEMENT": replacement(pathway.baseUrl, new URL(folder), playlists),
  }));
  return {
    VERSION: 1,
    TTL: Math.min(defaultTtlSeconds, ...pathways.map(({ ttlSeconds }) => ttlSeconds)),
    "RELOAD-URI": "steering.json",
    "PATHWAY-PRIORITY": [...preferred, edgePathway, ...spare],
    ...(clones.length === 0 ? {} : { "PATHWAY-CLONES": clones }),
  };
}

/** Replaces the host where nothing else differs: every player knows that form, and it is short. Otherwise URI by URI. */
function replacement(baseUrl: string, folder: URL, playlists: readonly SteeredPlaylist[]): Replacement {
  const base = new URL(baseUrl);
  if (base.protocol === folder.protocol && base.port === folder.port && base.pathname === "/") {
    return { HOST: base.hostname };
  }
  const uris = (kind: SteeredPlaylist["kind"]) =>
    Object.fromEntries(
      playlists
        .filter((playlist) => playlist.kind === kind)
        .map(({ stableId, path }) => [stableId, `${baseUrl}${folder.pathname}${path}`]),
    );
  return { "PER-VARIANT-URIS": uris("variant"), "PER-RENDITION-URIS": uris("rendition") };
}
