/** Maps a viewer's preferred languages onto the few that a film has. */
import type { PublishedTracks } from "../hls/published-renditions.ts";
import { lookUpLanguage, trackLanguage } from "./language-range.ts";
import type { Outcome } from "./outcome.ts";
import type { DefaultLanguages } from "./policy-class.ts";

/** A viewer's preferred languages: BCP 47 tags in lower case, the most preferred first. */
export interface LanguagePreferences {
  /** Chosen by the viewer. */
  audio: string | null;
  /** Chosen by the viewer; `off`: no subtitles. */
  text: string | null;
  /** The settings of their device. */
  accepted: readonly string[];
}

/** No preference. */
export const noLanguagePreferences: LanguagePreferences = { audio: null, text: null, accepted: [] };

/** Languages read from an `Accept-Language` header; browsers send fewer. */
const maxAccepted = 10;

/** Longest header that is read, characters. */
const maxHeaderLength = 500;

/** Reads preferences from `?audio=` and `?text=`, and from `Accept-Language`. A text that is no language is ignored. */
export function readLanguagePreferences(
  query: URLSearchParams,
  acceptLanguage: string | null,
): LanguagePreferences {
  const [audio, text] = [query.get("audio"), query.get("text")];
  return {
    audio: audio === null ? null : readLanguage(audio),
    text: text === null ? null : text === "off" ? "off" : readLanguage(text),
    accepted: readAcceptLanguage(acceptLanguage),
  };
}

/**
 * The defaults for this viewer, among the `kept` tracks: their own choice goes before their device's languages, these before
 * the rule's default, and that before the film's. Subtitles are shown only by choice, by rule, or by the film's own default.
 */
export function chooseLanguages(
  kept: PublishedTracks,
  outcome: Outcome,
  preferences: LanguagePreferences,
): DefaultLanguages {
  const heard = kept.audios.map(({ language }) => trackLanguage(language));
  const read = kept.texts.flatMap(({ isForced, language }) => (isForced ? [] : [trackLanguage(language)]));
  const some = (language: string | null) => (language === null ? [] : [language]);
  const ranges = [...some(preferences.audio), ...preferences.accepted, ...some(outcome.defaultAudio)];
  return {
    audio: lookUpLanguage(ranges, heard),
    text:
      preferences.text === "off"
        ? "off"
        : lookUpLanguage([...some(preferences.text), ...some(outcome.defaultText)], read),
  };
}

/** The languages of an `Accept-Language` header by weight, in lower case (RFC 9110 §12.5.4); `*` is ignored. */
function readAcceptLanguage(header: string | null): string[] {
  if (header === null || header.length > maxHeaderLength) return [];
  return header
    .split(",")
    .map((part) => {
      const [range = "", ...parameters] = part.split(";").map((text) => text.trim());
      const weight = parameters.map((text) => /^q=([01](?:\.\d{0,3})?)$/i.exec(text)?.[1]).find(Boolean);
      return { range: readLanguage(range), weight: Number(weight ?? 1) };
    })
    .flatMap(({ range, weight }) => (range === null || weight === 0 ? [] : [{ range, weight }]))
    .toSorted((a, b) => b.weight - a.weight)
    .slice(0, maxAccepted)
    .map(({ range }) => range);
}

/** A tag in lower case; null for a text without the form of one. It is only ever compared with a film's languages. */
function readLanguage(text: string): string | null {
  return text.length <= 35 && /^[a-z]{2,8}(-[a-z0-9]{1,8})*$/i.test(text) ? text.toLowerCase() : null;
}
