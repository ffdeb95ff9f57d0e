/** The names and languages of audio and subtitle tracks, as viewers read them. */
import type { Inspection } from "../../../protocol/inspection.ts";
import { cutCharacters } from "../../shared/characters.ts";
import { languageName, withoutExtensions } from "../../shared/language-name.ts";
import { withoutOverrides } from "../../shared/readable-text.ts";

/** Codes that name no language (ISO 639-2): undetermined, not coded, several, none. */
const nameless = ["und", "mis", "mul", "zxx"];

/** Longest part of a track's own title that becomes its name, characters. */
const maxNameLength = 60;

/** Longest tag that is kept whole, characters (RFC 5646 §4.4.1); of a longer one only its language. */
const maxTagLength = 35;

/** An audio track as viewers meet it. */
export interface NamedTrack {
  streamIndex: number;
  label: string;
  /** BCP 47, null when it is unknown. */
  language: string | null;
  isDefault: boolean;
}

/**
 * Names the tracks: their language in English, else their own title. Names differ from each other, because players list
 * them and HLS wants NAME unique in a group (RFC 8216 §4.3.4.1). Exactly one is the default: the one that the source
 * marks, else the first.
 * @param spoken the film's language in the producer's words; used for a single track without one.
 */
export function nameAudioTracks(tracks: Inspection["audio"], spoken: string | null): NamedTrack[] {
  const marked = tracks.findIndex((track) => track.isDefault);
  const defaultTrack = marked === -1 ? 0 : marked;
  const languages = tracks.map(
    (track) => canonicalLanguage(track.language) ?? (tracks.length === 1 ? spoken : null),
  );
  const labels = distinctNames(
    tracks.map((track, n) => (nameOfLanguage(languages[n] ?? null) ?? ownName(track.title)) || "Audio"),
  );
  return tracks.map((track, n) => ({
    streamIndex: track.index,
    label: labels[n] ?? "Audio",
    language: languages[n] ?? null,
    isDefault: n === defaultTrack,
  }));
}

/** The name that a track's own title gives it; null or empty where it gives none. */
export function ownName(title: string | null): string | null {
  return title === null ? null : cutCharacters(withoutOverrides(title).trim(), maxNameLength);
}

/**
 * The BCP 47 tag of a container's language, for example `eng` → `en`; null for `und` and anything that isn't a
 * language.
 */
export function canonicalLanguage(language: string | null): string | null {
  try {
    const canonical = Intl.getCanonicalLocales(language ?? "und")[0] ?? "und";
    const [primary = ""] = canonical.split("-", 1);
    if (nameless.includes(primary)) return null;
    if (canonical.length <= maxTagLength) return canonical;
    const base = withoutExtensions(canonical);
    return base.length <= maxTagLength ? base : primary;
  } catch {
    return null;
  }
}

/** The English name of a language, for example `German`; null for null. */
export function nameOfLanguage(language: string | null): string | null {
  return language === null ? null : languageName(language);
}

/**
 * Gives names that differ from each other, because players list tracks by name and HLS wants NAME to be unique in a
 * group (RFC 8216 §4.3.4.1). Quotes and line breaks can't stand in a playlist and go.
 */
export function distinctNames(wanted: string[]): string[] {
  const used = new Map<string, number>();
  return wanted.map((text) => {
    const name = text.replaceAll(/["\r\n]/g, "");
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    return count === 1 ? name : `${name} ${count}`;
  });
}
