/**
 * Policy classes: the few distinct playlists that viewers of one film can get. A class is a short text that names by itself the
 * kept tracks and the defaults, so the cached origin needs neither country, nor token, nor policy:
 *
 * `full`, or terms joined by dots: `h720` highest short side kept, `b3000000` highest peak rate kept, `a_de_en` languages of
 * sound, `t_de` of subtitles (`t`: none), `da_de` language that plays by default, `dt_de` subtitles that are shown (`dt`: none).
 *
 * It follows from the kept tracks of this film: a cap above its best rung, or a language that it doesn't have, adds no class.
 * Each outcome has one spelling, and only that is served.
 */

import type { PublishedTracks } from "../hls/published-renditions.ts";
import { type DefaultText, withDefaults } from "./default-tracks.ts";
import { keptRenditions, type RenditionFacts, shortSide } from "./kept-renditions.ts";
import { trackLanguage } from "./language-range.ts";
import type { Outcome } from "./outcome.ts";

/** The class of everything, with the film's own defaults. */
const fullClass = "full";

/** Languages that play, or are shown, by default; null: the film's own defaults. */
export interface DefaultLanguages {
  audio: string | null;
  text: DefaultText;
}

/** The class that a viewer with this outcome and these defaults gets of this film. Pure. */
export function policyClassOf(all: PublishedTracks, outcome: Outcome, defaults: DefaultLanguages): string {
  const kept = keptTracks(all, outcome);
  const terms = [
    ...videoTerms(all, kept),
    ...languageTerm("a", all.audios, kept.audios),
    ...languageTerm("t", all.texts, kept.texts),
    ...defaultTerms(kept, defaults),
  ];
  return terms.length === 0 ? fullClass : terms.join(".");
}

/** The tracks of a class, with the defaults marked; null for a text that is not a class of this film. Pure. */
export function tracksOfClass(all: PublishedTracks, policyClass: string): PublishedTracks | null {
  const parsed = parse(policyClass);
  if (parsed === null) return null;
  if (policyClassOf(all, parsed.outcome, parsed.defaults) !== policyClass) return null;
  return withDefaults(keptTracks(all, parsed.outcome), parsed.defaults.audio, parsed.defaults.text);
}

/** The tracks that an outcome keeps. */
export function keptTracks(all: PublishedTracks, outcome: Outcome): PublishedTracks {
  const kept = (kind: "video" | "audio" | "text") => {
    const verdicts = keptRenditions(
      outcome,
      factsOf(all).filter((facts) => facts.kind === kind),
    );
    return new Set(verdicts.flatMap((verdict) => (verdict.kept ? [verdict.key] : [])));
  };
  const [videos, audios, texts] = [kept("video"), kept("audio"), kept("text")];
  return {
    videos: all.videos.filter(({ key }) => videos.has(key)),
    audios: all.audios.filter(({ key }) => audios.has(key)),
    texts: all.texts.filter(({ key }) => texts.has(key)),
    storyboards: all.storyboards,
  };
}

function factsOf({ videos, audios, texts }: PublishedTracks): RenditionFacts[] {
  const unknown = { width: null, height: null, bandwidth: null, language: null };
  return [
    ...videos.map((video) => ({ ...unknown, ...video, kind: "video" as const })),
    ...audios.map((audio) => ({ ...unknown, ...audio, kind: "audio" as const })),
    ...texts.map((text) => ({ ...unknown, ...text, kind: "text" as const })),
  ];
}

/** The fewest terms that tell the kept rungs from all: the height if it is enough, else the rate, else both. */
function videoTerms({ videos }: PublishedTracks, { videos: kept }: PublishedTracks): string[] {
  if (kept.length === videos.length) return [];
  const height = Math.max(0, ...kept.map(shortSide));
  const rate = Math.max(0, ...kept.map(({ bandwidth }) => bandwidth));
  const isEnough = (fits: (video: (typeof videos)[number]) => boolean) =>
    videos.filter(fits).length === kept.length;
  if (isEnough((video) => shortSide(video) <= height)) return [`h${height}`];
  if (isEnough(({ bandwidth }) => bandwidth <= rate)) return [`b${rate}`];
  return [`h${height}`, `b${rate}`];
}

function languageTerm(
  letter: string,
  all: readonly { language: string | null }[],
  kept: readonly { language: string | null }[],
): string[] {
  if (kept.length === all.length) return [];
  const tags = new Set(kept.map(({ language }) => trackLanguage(language)));
  return [[letter, ...[...tags].toSorted()].join("_")];
}

/** Names defaults only where they differ from the film's own, or from its forced subtitles. */
function defaultTerms(kept: PublishedTracks, { audio, text }: DefaultLanguages): string[] {
  const natural = marks(withDefaults(kept, null, null));
  const spoken = marks(withDefaults(kept, audio, null));
  const shown = marks(withDefaults(kept, audio, text));
  return [
    ...(audio === null || spoken.audio === natural.audio ? [] : [`da_${audio}`]),
    ...(text === null || shown.text === spoken.text ? [] : [text === "off" ? "dt" : `dt_${text}`]),
  ];
}

function marks({ audios, texts }: PublishedTracks): { audio: string; text: string } {
  const marked = (tracks: readonly { key: string; isDefault: boolean }[]) =>
    tracks
      .flatMap(({ key, isDefault }) => (isDefault ? [key] : []))
      .toSorted()
      .join();
  return { audio: marked(audios), text: marked(texts) };
}

const tag = "[a-z]{2,8}(?:-[a-z0-9]{1,8})*";
const classForm = new RegExp(
  `^(?:h([0-9]{1,5}))?(?:\\.?b([0-9]{1,11}))?(?:\\.?(a(?:_${tag})*))?(?:\\.?(t(?:_${tag})*))?(?:\\.?da_(${tag}))?(?:\\.?(dt(?:_${tag})?))?$`,
);

/** Reads a class leniently; the caller compares it with the one spelling. */
function parse(policyClass: string): { outcome: Outcome; defaults: DefaultLanguages } | null {
  const match =
    policyClass.length > 1000 ? null : classForm.exec(policyClass === fullClass ? "" : policyClass);
  if (match === null) return null;
  const [, height, rate, audio, text, defaultAudio, defaultText] = match;
  const number = (digits: string | undefined) => (digits === undefined ? null : Number(digits));
  return {
    outcome: {
      rule: "class",
      maxHeight: number(height),
      maxBitrate: number(rate),
      audioLanguages: audio?.split("_").slice(1) ?? null,
      textLanguages: text?.split("_").slice(1) ?? null,
      defaultAudio: null,
      defaultText: null,
      rating: null,
      tokenMaxHeight: null,
    },
    defaults: {
      audio: defaultAudio ?? null,
      text: defaultText === undefined ? null : defaultText === "dt" ? "off" : defaultText.slice(3),
    },
  };
}
