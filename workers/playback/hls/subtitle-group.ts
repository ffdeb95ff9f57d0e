/** The subtitles of an asset as one HLS group (RFC 8216 §4.3.4.1). */
import { attributes, groupName, languageTag } from "./playlist-attributes.ts";
import { type PlaylistNaming, playlistPath, steeredRendition } from "./playlist-naming.ts";
import type { TextRendition } from "./published-renditions.ts";

/** The group that every variant names when there are subtitles. */
export const subtitleGroupId = "subtitles";

/** Characteristics of subtitles for the deaf and hard of hearing (Apple's HLS authoring specification, accessibility). */
const sdhCharacteristics = [
  "public.accessibility.transcribes-spoken-dialog",
  "public.accessibility.describes-music-and-sound",
].join(",");

/**
 * The EXT-X-MEDIA lines. At most one track is the default. A player may choose by itself, by the viewer's language and
 * settings, one ordinary track of each language, and every track that is forced or for the deaf and hard of hearing.
 */
export function subtitleLines(texts: readonly TextRendition[], naming: PlaylistNaming): string[] {
  const names = new Set<string>();
  const languages = new Set<string>();
  const sorted = texts.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  const shown = sorted.find((track) => track.isDefault);
  return sorted.map((track, index) => {
    const language = languageTag(track.language);
    const isOrdinary = !track.isForced && !track.isSdh;
    const autoselect = track === shown || !isOrdinary || !languages.has(language);
    if (isOrdinary) languages.add(language);
    return `#EXT-X-MEDIA:${attributes([
      ["TYPE", "SUBTITLES"],
      ["GROUP-ID", `"${subtitleGroupId}"`],
      ["NAME", groupName(track.label, `Subtitles ${index + 1}`, names)],
      ["LANGUAGE", language],
      ["DEFAULT", track === shown ? "YES" : "NO"],
      ["AUTOSELECT", autoselect ? "YES" : "NO"],
      ["FORCED", track.isForced ? "YES" : "NO"],
      ["CHARACTERISTICS", track.isSdh ? `"${sdhCharacteristics}"` : null],
      ...steeredRendition(naming, track.key),
      ["URI", `"${playlistPath(track.key, "playlist.m3u8", null)}"`],
    ])}`;
  });
}
