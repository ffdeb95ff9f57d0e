/** The sound of an asset as HLS groups (RFC 8216 §4.3.4.1; rules by number: Apple's HLS authoring specification). */
import { attributes, groupName, languageTag, quotable } from "./playlist-attributes.ts";
import { type PlaylistNaming, playlistPath, steeredRendition } from "./playlist-naming.ts";
import type { AudioRendition } from "./published-renditions.ts";

/** The audio of one codec and channel count, in every language; a variant names a group, never a track. */
export interface AudioGroup {
  id: string;
  codecs: string;
  tracks: AudioRendition[];
}

/** Sorts audio tracks in a player's order of choice: first stereo, because every device plays it, and the default. */
export function inOrderOfChoice(a: AudioRendition, b: AudioRendition): number {
  return (
    Number(a.channels !== 2) - Number(b.channels !== 2) ||
    a.channels - b.channels ||
    Number(b.isDefault) - Number(a.isDefault) ||
    (a.key < b.key ? -1 : 1)
  );
}

/**
 * One group per codec and channel count (rules 2.3, 9.6); stereo first, because every device plays it. A language that
 * has no surround sound is in the surround group in stereo, so that the choice of a group never takes a language away.
 */
export function groupAudio(audios: readonly AudioRendition[]): AudioGroup[] {
  const groups = new Map<string, AudioGroup>();
  const sorted = audios.toSorted(inOrderOfChoice);
  for (const audio of sorted) {
    const id = `${quotable(audio.codecs)}-${audio.channels}`;
    const group = groups.get(id) ?? { id, codecs: quotable(audio.codecs), tracks: [] };
    group.tracks.push(audio);
    groups.set(id, group);
  }
  return [...groups.values()].map((group) => withEveryTrack(group, sorted));
}

/** Adds to a group of more than two channels the stereo tracks that it lacks, in the order of the stereo group. */
function withEveryTrack(group: AudioGroup, audios: readonly AudioRendition[]): AudioGroup {
  const own = new Map(group.tracks.map((track) => [track.label, track]));
  const stereo = audios.filter(({ channels, codecs }) => channels === 2 && quotable(codecs) === group.codecs);
  if ((group.tracks[0]?.channels ?? 0) <= 2 || stereo.length === 0) return group;
  const kept = stereo.map((track) => own.get(track.label) ?? track);
  return { ...group, tracks: [...new Set([...kept, ...group.tracks])] };
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
