import type { Inspection } from "../../containers/transcoder/protocol.ts";

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
  const languageNames = new Intl.DisplayNames("en", { type: "language" });
  const marked = tracks.findIndex((track) => track.isDefault);
  const defaultTrack = marked === -1 ? 0 : marked;
  const used = new Map<string, number>();
  return tracks.map((track, n) => {
    const language = canonicalLanguage(track.language) ?? (tracks.length === 1 ? spoken : null);
    const base =
      (language === null ? track.title?.trim().slice(0, 60) : languageNames.of(language)) || "Audio";
    const name = base.replaceAll(/["\r\n]/g, "");
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    return {
      streamIndex: track.index,
      label: count === 1 ? name : `${name} ${count}`,
      language,
      isDefault: n === defaultTrack,
    };
  });
}

/** `eng` → `en`; null for `und` and what isn't a language. */
function canonicalLanguage(language: string | null): string | null {
  try {
    const canonical = Intl.getCanonicalLocales(language ?? "und")[0] ?? "und";
    return ["und", "mis", "mul", "zxx"].includes(canonical) ? null : canonical;
  } catch {
    return null;
  }
}
