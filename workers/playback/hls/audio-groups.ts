/** The sound of an asset as HLS groups (RFC 8216 §4.3.4.1; rules by number: Apple's HLS authoring specification). */
import { attributes, groupName, languageTag, quotable } from "./playlist-attributes.ts";
import { type PlaylistNaming, playlistPath, steeredRendition } from "./playlist-naming.ts";
import type { AudioRendition } from "./published-renditions.ts";

/** The audio of one codec and channel count, in every language; a variant names a group, never a track. */
export interface AudioGroup {
  id: string;
  /** RFC 6381 strings of all its tracks, for CODECS. */
  codecs: string;
  tracks: AudioRendition[];
}

/** Checks whether every device plays a codec: AAC (rule 2.3). */
export function isPlayedEverywhere({ codecs }: Pick<AudioRendition, "codecs">): boolean {
  return codecs.startsWith("mp4a.");
}

/** Sorts audio tracks in a player's order of choice: first stereo in AAC, because every device plays it, and the default. */
export function inOrderOfChoice(a: AudioRendition, b: AudioRendition): number {
  return (
    Number(a.channels !== 2) - Number(b.channels !== 2) ||
    a.channels - b.channels ||
    Number(!isPlayedEverywhere(a)) - Number(!isPlayedEverywhere(b)) ||
    Number(b.isDefault) - Number(a.isDefault) ||
    (a.key < b.key ? -1 : 1)
  );
}

/**
 * One group per codec and channel count (rule 9.6), in the order of choice. What the first group has and another lacks is in
 * that one too, in stereo and if need be in the first one's codec, so that the choice of a group never takes a language away.
 */
export function groupAudio(audios: readonly AudioRendition[]): AudioGroup[] {
  const groups = new Map<string, AudioRendition[]>();
  const sorted = audios.toSorted(inOrderOfChoice);
  for (const audio of sorted) {
    const id = `${quotable(audio.codecs)}-${audio.channels}`;
    groups.set(id, [...(groups.get(id) ?? []), audio]);
  }
  const [first = []] = groups.values();
  return [...groups].map(([id, own]) => {
    const tracks = own === first ? own : withEveryTrack(own, first, sorted);
    return { id, codecs: [...new Set(tracks.map(({ codecs }) => quotable(codecs)))].join(","), tracks };
  });
}

/** Adds to a group's own tracks those of the first group that it lacks, and takes over their order. */
function withEveryTrack(
  own: readonly AudioRendition[],
  first: readonly AudioRendition[],
  all: readonly AudioRendition[],
): AudioRendition[] {
  const stereo = all.filter(({ channels, codecs }) => channels === 2 && codecs === own[0]?.codecs);
  const byLabel = new Map([...stereo, ...own].map((track) => [track.label, track]));
  return [...new Set([...first.map((track) => byLabel.get(track.label) ?? track), ...own])];
}

/** The EXT-X-MEDIA lines of a group. Exactly one track is the default: its first. */
export function audioLines(group: AudioGroup, naming: PlaylistNaming): string[] {
  const names = new Set<string>();
  const languages = new Set<string>();
  return group.tracks.map((track, index) => {
    const language = languageTag(track.language);
    // RFC 8216 §4.3.4.1.1: a player chooses by itself only among tracks that it can tell apart by language.
    const autoselect = index === 0 || !languages.has(language);
    languages.add(language);
    return `#EXT-X-MEDIA:${attributes([
      ["TYPE", "AUDIO"],
      ["GROUP-ID", `"${group.id}"`],
      ["NAME", groupName(track.label, `Audio ${index + 1}`, names)],
      ["LANGUAGE", language],
      ["DEFAULT", index === 0 ? "YES" : "NO"],
      ["AUTOSELECT", autoselect ? "YES" : "NO"],
      ["CHANNELS", `"${track.channels}"`],
      ...steeredRendition(naming, track.key),
      ["URI", `"${playlistPath(track.key, "playlist.m3u8", naming.keyFolder)}"`],
    ])}`;
  });
}
