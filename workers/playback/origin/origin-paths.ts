/**
 * The paths of the cached origin, which are the cache's only keys: an asset, a revision or a rendition, a policy class, a file.
 * Nothing of the viewer is in them, so all viewers of a class share one copy.
 */
import { type PlaylistVariant, plainVariant, writeVariant } from "./playlist-variant.ts";

/**
 * Texts that publishing writes anew each time (their target duration and byte ranges follow from everything that is
 * published together); all other files of a rendition never change under their name.
 */
const rewritten = /\.m3u8$|^storyboard\.vtt$/;

/** The multivariant playlist of a policy class, of an asset's revision. */
export function multivariantPath(
  assetId: string,
  revision: number,
  policyClass: string,
  variant: PlaylistVariant = plainVariant,
): string {
  return `/a/${assetId}/${revision}/${policyClass}/${writeVariant(variant)}main.m3u8`;
}

/** The DASH manifest of the same. */
export function manifestPath(assetId: string, revision: number, policyClass: string): string {
  return `/a/${assetId}/${revision}/${policyClass}/manifest.mpd`;
}

/** A file of an encrypted rendition: made of a stored one at this revision, under the secret `kid`. */
export function encryptedPath(
  assetId: string,
  revision: number,
  kid: string,
  renditionKey: string,
  file: string,
): string {
  return `/e/${assetId}/${revision}/${kid}/${renditionKey}/${file}`;
}

/** A file of a rendition. Playlists' paths name the revision, so that each publication has its own copy in caches. */
export function renditionPath(assetId: string, revision: number, renditionKey: string, file: string): string {
  return rewritten.test(file)
    ? `/p/${assetId}/${revision}/${renditionKey}/${file}`
    : `/m/${assetId}/${renditionKey}/${file}`;
}
