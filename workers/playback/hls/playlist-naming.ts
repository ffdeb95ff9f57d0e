/** Names of the tracks' playlists in a multivariant playlist, and their ids for content steering. Pure. */
import { edgePathway } from "../steering/pathway.ts";

/** The choices that decide on the names. */
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

/** The attributes that steering needs of a variant; none without steering. */
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

/** The attribute that steering needs of a rendition; none without steering. */
export function steeredRendition(
  { isSteered }: PlaylistNaming,
  key: string,
): [name: string, value: string | null][] {
  return [["STABLE-RENDITION-ID", isSteered ? `"${stableId(key, "playlist.m3u8")}"` : null]];
}
