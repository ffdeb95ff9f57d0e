/** The default tracks: the sound that plays, and the subtitles that show, when the viewer chooses nothing. */
import { inOrderOfChoice } from "../hls/audio-groups.ts";
import type { AudioRendition, PublishedTracks, TextRendition } from "../hls/published-renditions.ts";
import { trackLanguage } from "./language-range.ts";

/** Subtitles to show: in a language (lower-case tag), none (`off`), or those that suit the sound (null). */
export type DefaultText = string | "off" | null;

/**
 * Marks the default tracks: sound in language `audio` (null: the film's own choice), subtitles by `text`. The forced subtitles
 * of a language go with its sound: they are shown with it, and not with another. Pure; other tracks stay unchanged.
 */
export function withDefaults(
  tracks: PublishedTracks,
  audio: string | null,
  text: DefaultText,
): PublishedTracks {
  const audios = markAudio(tracks.audios, audio);
  const spoken = audios.toSorted(inOrderOfChoice).find(({ isDefault }) => isDefault);
  const isOwnChoice = audios.every((track, n) => track.isDefault === tracks.audios[n]?.isDefault);
  const shown = chooseText(tracks.texts, trackLanguage(spoken?.language ?? null), isOwnChoice, text);
  return {
    ...tracks,
    audios,
    texts: tracks.texts.map((track) => ({ ...track, isDefault: track.key === shown?.key })),
  };
}

/** Marks one track of each form (stereo, surround), so that the default is the same whichever a player takes. */
function markAudio(audios: readonly AudioRendition[], language: string | null): AudioRendition[] {
  const own = trackLanguage(audios.toSorted(inOrderOfChoice)[0]?.language ?? null);
  const speaking = (tag: string) => audios.filter((track) => trackLanguage(track.language) === tag);
  const wanted = language === null ? [] : speaking(language);
  const candidates = wanted.length > 0 ? wanted : speaking(own);
  const chosen = candidates.filter(({ isDefault }) => isDefault);
  const marked = new Set((chosen.length > 0 ? chosen : candidates).map(({ key }) => key));
  return audios.map((track) => ({ ...track, isDefault: marked.has(track.key) }));
}

function chooseText(
  texts: readonly TextRendition[],
  spoken: string,
  isOwnChoice: boolean,
  wanted: DefaultText,
): TextRendition | undefined {
  const sorted = texts.toSorted((a, b) => Number(a.isSdh) - Number(b.isSdh) || (a.key < b.key ? -1 : 1));
  const forced = sorted.find((track) => track.isForced && trackLanguage(track.language) === spoken);
  if (wanted !== null && wanted !== "off") {
    const asked = sorted.find((track) => !track.isForced && trackLanguage(track.language) === wanted);
    if (asked !== undefined) return asked;
  }
  if (wanted === "off") return forced;
  const own = sorted.find(({ isDefault }) => isDefault);
  if (isOwnChoice) return own;
  const isForOthers = own !== undefined && !own.isForced && trackLanguage(own.language) !== spoken;
  return forced ?? (isForOthers ? own : undefined);
}
