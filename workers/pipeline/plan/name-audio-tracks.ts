import type { Inspection } from "../../../protocol/inspection.ts";
import { canonicalLanguage, languageInEnglish } from "./canonical-language.ts";
import { distinctNames } from "./distinct-names.ts";

/** Longest part of a track's own title that becomes its name, characters. */
const maxNameLength = 60;

/** An audio track as viewers meet it. */
export interface NamedTrack {
  streamIndex: number;
  label: string;
  /** BCP 47, null when nobody says. */
  language: string | null;
  isDefault: boolean;
}

/**
 * Names the tracks: their language in English, else their own title. Names differ from each other, because players list
 * them and HLS wants NAME unique in a group (RFC 8216 §4.3.4.1). Exactly one is the default: the one that the source
 * marks, else the first.
 * @param spoken what the producer said the film speaks; used for a single track that doesn't say.
 */
export function nameAudioTracks(tracks: Inspection["audio"], spoken: string | null): NamedTrack[] {
  const marked = tracks.findIndex((track) => track.isDefault);
  const defaultTrack = marked === -1 ? 0 : marked;
  const languages = tracks.map(
    (track) => canonicalLanguage(track.language) ?? (tracks.length === 1 ? spoken : null),
  );
  const labels = distinctNames(
    tracks.map(
      (track, n) =>
        (languageInEnglish(languages[n] ?? null) ?? track.title?.trim().slice(0, maxNameLength)) || "Audio",
    ),
  );
  return tracks.map((track, n) => ({
    streamIndex: track.index,
    label: labels[n] ?? "Audio",
    language: languages[n] ?? null,
    isDefault: n === defaultTrack,
  }));
}
