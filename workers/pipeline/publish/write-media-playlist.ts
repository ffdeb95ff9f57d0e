/** Media playlists of a VOD rendition in CMAF (RFC 8216; Apple HLS authoring spec, chapter 8). */
import { initFile } from "../../../protocol/media-files.ts";

/** A segment's name and length. */
export interface PlaylistSegment {
  file: string;
  seconds: number;
}

/** An I-frame's place in its segment; `seconds` until the next one. */
export interface PlaylistIframe {
  file: string;
  offset: number;
  bytes: number;
  seconds: number;
}

/** EXT-X-MAP and fMP4 want version 6 (RFC 8216 §7); Apple's tools write 7 for them. */
const version = 7;

const map = `#EXT-X-MAP:URI="${initFile}"`;

/** Decimals of EXTINF: sums over hours stay within a frame (Apple 8.1). */
const decimals = 6;

/** The target duration that holds for segments of these lengths: the longest, rounded (RFC 8216 §4.3.3.1). */
export function targetDuration(seconds: number[]): number {
  return Math.max(1, ...seconds.map((value) => Math.round(value)));
}

/**
 * A whole rendition: `init.mp4`, where it has one, and its segments, with relative URIs.
 * @param target seconds, one for all renditions with sound or picture (8.2).
 */
export function writeMediaPlaylist(
  segments: PlaylistSegment[],
  target: number,
  options: { hasInit: boolean } = { hasInit: true },
): string {
  return [
    ...playlistHead(target, options.hasInit ? [map] : []),
    ...segments.flatMap(({ file, seconds }) => [`#EXTINF:${seconds.toFixed(decimals)},`, file]),
    "#EXT-X-ENDLIST",
    "",
  ].join("\n");
}

/** The I-frame playlist of the same segments (RFC 8216 §4.3.3.6); each byte range holds its `moof` (Apple 6.10). */
export function writeIframePlaylist(iframes: PlaylistIframe[]): string {
  const target = targetDuration(iframes.map(({ seconds }) => seconds));
  return [
    ...playlistHead(target, ["#EXT-X-I-FRAMES-ONLY", map]),
    ...iframes.flatMap(({ file, offset, bytes, seconds }) => [
      `#EXTINF:${seconds.toFixed(decimals)},`,
      `#EXT-X-BYTERANGE:${bytes}@${offset}`,
      file,
    ]),
    "#EXT-X-ENDLIST",
    "",
  ].join("\n");
}

/** The tags that every media playlist of ours begins with, and `extra` ones. */
export function playlistHead(target: number, extra: string[]): string[] {
  return [
    "#EXTM3U",
    `#EXT-X-VERSION:${version}`,
    `#EXT-X-TARGETDURATION:${target}`,
    "#EXT-X-MEDIA-SEQUENCE:0",
    "#EXT-X-PLAYLIST-TYPE:VOD",
    ...extra,
  ];
}
