/** How a multivariant playlist names the playlists of its tracks, and how content steering finds them again. Pure. */
import { edgePathway } from "../steering/pathway.ts";

/** See the file's comment. */
export interface PlaylistNaming {
  /** Folder of encrypted renditions, see `writeKeyFolder`; null: they are clear. */
  keyFolder: string | null;
  /** For viewers who have more than one pathway. */
  isSteered: boolean;
}

/** Clear renditions on our own edge only. */
export const ordinaryNaming: PlaylistNaming = { keyFolder: null, isSteered: false };

/** The path of a playlist from the multivariant one. Only video and sound are encrypted. */
export function playlistPath(
  key: string,
  file: "playlist.m3u8" | "iframes.m3u8",
  keyFolder: string | null,
): string {
  return keyFolder === null ? `${key}/${file}` : `${key}/${keyFolder}/${file}`;
}

/** The id by which steering manifests find a variant or a rendition; I-frames are another playlist of the same rendition. */
export function stableId(key: string, file: "playlist.m3u8" | "iframes.m3u8"): string {
  return file === "iframes.m3u8" ? `${key}.iframes` : key;
}

/** EXT-X-CONTENT-STEERING (draft-pantos-hls-rfc8216bis §4.4.6.6): the manifest lies beside the playlist. */
export function steeringLines({ isSteered }: PlaylistNaming): string[] {
  return isSteered ? [`#EXT-X-CONTENT-STEERING:SERVER-URI="steering.json",PATHWAY-ID="${edgePathway}"`] : [];
}

/** The attributes that steering wants of a variant; none where there is none. */
export function steeredVariant(
  { isSteered }: PlaylistNaming,
  key: string,
  file: "playlist.m3u8" | "iframes.m3u8",
): [name: string, value: string | null][] {
  return [
    ["STABLE-VARIANT-ID", isSteered ? `"${stableId(key, file)}"` : null],
    ["PATHWAY-ID", isSteered ? `"${edgePathway}"` : null],
  ];
}

/** The attribute that steering wants of a rendition. */
export function steeredRendition(
  { isSteered }: PlaylistNaming,
  key: string,
): [name: string, value: string | null][] {
  return [["STABLE-RENDITION-ID", isSteered ? `"${stableId(key, "playlist.m3u8")}"` : null]];
}
