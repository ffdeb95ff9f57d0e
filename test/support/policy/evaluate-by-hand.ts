/**
 * A second opinion for tests: what a viewer gets of a film, told straight from the policy's document as docs/api.md defines
 * it. It shares no code with the policy engine but the names of built-in groups, and is as slow and plain as it likes.
 */
import type { PublishedTracks } from "../../../workers/playback/hls/published-renditions.ts";
import type { LanguagePreferences } from "../../../workers/playback/policy/choose-languages.ts";
import type { Policy, PolicyRule } from "../../../workers/playback/policy/policy-document.ts";
import { builtInGroups } from "../../../workers/playback/policy/territory-groups.ts";
import type { PolicyViewer } from "../../../workers/playback/viewer.ts";

/** A question to be judged. `now` is Unix milliseconds, `maxHeight` the token's; null: none. */
export interface Question {
  title: Policy;
  service: Policy;
  film: PublishedTracks;
  viewer: PolicyViewer;
  preferences: LanguagePreferences;
  maxHeight: number | null;
  now: number;
}

/** The judgement. `kept` are keys; `audio` and `text` the keys of the default tracks. */
export type Judgement =
  | { rule: string; code: string; opensAt: number | null }
  | { rule: string; code: null; kept: string[]; audio: string | null; text: string | null };

/** Judges. */
export function evaluateByHand(question: Question): Judgement {
  const ruling = rule(question);
  if (ruling.code !== null) return ruling;
  const { film, maxHeight } = question;
  const { max_height, max_bitrate, audio, text } = ruling.grants;
  const videos = film.videos.filter((video) => {
    const side = video.width < video.height ? video.width : video.height;
    if (max_height !== undefined && side > max_height) return false;
    if (maxHeight !== null && side > maxHeight) return false;
    return max_bitrate === undefined || video.bandwidth <= max_bitrate;
  });
  const speaks = (allowed: string[] | undefined, language: string | null) =>
    allowed === undefined || allowed.some((one) => covers(one, tag(language)));
  const audios = film.audios.filter(({ language }) => speaks(audio?.allowed, language));
  const texts = film.texts.filter(({ language }) => speaks(text?.allowed, language));
  if (videos.length === 0) return { rule: ruling.name, code: "no_rung_allowed", opensAt: null };
  if (audios.length === 0 && film.audios.length > 0) {
    return { rule: ruling.name, code: "no_audio_allowed", opensAt: null };
  }
  const defaults = chooseDefaults({ ...film, audios, texts }, film, question.preferences, {
    audio: audio?.default ?? null,
    text: text?.default ?? null,
  });
  const kept = [...videos, ...audios, ...texts].map(({ key }) => key).toSorted();
  return { rule: ruling.name, code: null, kept, ...defaults };
}

type Ruling =
  | { rule: string; code: string; opensAt: number | null }
  | { name: string; code: null; grants: NonNullable<Policy["default"]> };

function rule({ title, service, viewer, now }: Question): Ruling {
  const isUnknown = viewer.country === "XX";
  const rules = title.default === undefined ? title.rules.concat(service.rules) : title.rules;
  const clock = new Date(now).toISOString();
  let territorial = false;
  for (const one of rules) if (one.territories !== undefined || one.except !== undefined) territorial = true;
  let elsewhere = false;
  for (const one of rules) {
    const asks = one.territories !== undefined || one.except !== undefined;
    if (asks && isUnknown) continue;
    const isIn = (names: string[]) =>
      names.some((name) => names2countries(name, title, service).includes(viewer.country));
    if (one.territories !== undefined && !isIn(one.territories)) continue;
    if (one.except !== undefined && isIn(one.except)) continue;
    if (one.asns !== undefined && (viewer.asn === null || !one.asns.includes(viewer.asn))) {
      if (one.deny !== true) elsewhere = true;
      continue;
    }
    if (one.tor !== undefined && one.tor !== viewer.isTor) continue;
    if (one.windows !== undefined && !one.windows.some((window) => isIn2(window, clock))) {
      if (one.deny === true || one.outside_windows === "next_rule") continue;
      const later = one.windows.flatMap(({ opens }) => (opens !== undefined && opens > clock ? [opens] : []));
      const first = later.toSorted()[0];
      if (first === undefined) return { rule: one.name, code: "no_longer_available_here", opensAt: null };
      return { rule: one.name, code: "not_yet_available", opensAt: Date.parse(first) };
    }
    if (one.deny !== true) return { name: one.name, code: null, grants: one };
    const aboutNetwork = one.asns !== undefined || one.tor !== undefined;
    const code = aboutNetwork ? "network_not_allowed" : asks ? "not_available_in_country" : "withheld";
    return { rule: one.name, code, opensAt: null };
  }
  const unknown = title.unknown_country ?? service.unknown_country;
  if (isUnknown && unknown !== undefined) {
    const name = unknown.name ?? "unknown country";
    if (unknown.deny === true) return { rule: name, code: "country_unknown", opensAt: null };
    return { name, code: null, grants: unknown };
  }
  if (isUnknown && territorial) return { rule: "unknown country", code: "country_unknown", opensAt: null };
  const last = title.default ?? service.default;
  if (last === undefined) return { name: "everywhere", code: null, grants: {} };
  const name = last.name ?? "everyone else";
  if (last.deny !== true) return { name, code: null, grants: last };
  if (isUnknown) return { rule: name, code: "country_unknown", opensAt: null };
  if (elsewhere) return { rule: name, code: "network_not_allowed", opensAt: null };
  return { rule: name, code: territorial ? "not_available_in_country" : "withheld", opensAt: null };
}

function isIn2(window: NonNullable<PolicyRule["windows"]>[number], clock: string): boolean {
  if (window.opens !== undefined && clock < window.opens) return false;
  return window.closes === undefined || clock < window.closes;
}

function names2countries(name: string, title: Policy, service: Policy): readonly string[] {
  return title.groups?.[name] ?? service.groups?.[name] ?? builtInGroups[name] ?? [name];
}

/** The default tracks, by the words of docs/api.md. */
function chooseDefaults(
  kept: PublishedTracks,
  film: PublishedTracks,
  preferences: LanguagePreferences,
  policy: { audio: string | null; text: string | null },
): { audio: string | null; text: string | null } {
  const wished = [preferences.audio, ...preferences.accepted, policy.audio?.toLowerCase() ?? null];
  const stereo = kept.audios.filter(({ channels }) => channels === 2);
  const own = stereo.find(({ isDefault }) => isDefault) ?? stereo.toSorted(byKey)[0];
  const spoken =
    firstSuiting(
      wished,
      stereo.map(({ language }) => tag(language)),
    ) ?? tag(own?.language ?? null);
  const speaking = stereo.filter(({ language }) => tag(language) === spoken).toSorted(byKey);
  const audio = speaking.find(({ isDefault }) => isDefault) ?? speaking[0];
  const plainFirst = kept.texts.toSorted((a, b) => (a.isSdh === b.isSdh ? byKey(a, b) : a.isSdh ? 1 : -1));
  const forced = plainFirst.filter(({ isForced }) => isForced);
  const ordinary = plainFirst.filter(({ isForced }) => !isForced);
  const asked =
    preferences.text === "off"
      ? null
      : firstSuiting(
          [preferences.text, policy.text?.toLowerCase() ?? null],
          ordinary.map(({ language }) => tag(language)),
        );
  const withSound = forced.find(({ language }) => tag(language) === spoken);
  const filmsOwn = kept.texts.find(({ isDefault }) => isDefault);
  // The film's own choice of subtitles holds while its own choice of sound does.
  const before = film.audios.filter(({ isDefault }) => isDefault).map(({ key }) => key);
  const isOwnSound = before.length > 0 && before.includes(audio?.key ?? "");
  let text: { key: string } | undefined;
  if (asked !== null) text = ordinary.find(({ language }) => tag(language) === asked);
  else if (preferences.text === "off") text = withSound;
  else if (isOwnSound || film.audios.length === 0) text = filmsOwn;
  else if (withSound !== undefined) text = withSound;
  else if (filmsOwn !== undefined && !filmsOwn.isForced && tag(filmsOwn.language) !== spoken) text = filmsOwn;
  return { audio: audio?.key ?? null, text: text?.key ?? null };
}

function byKey(a: { key: string }, b: { key: string }): number {
  return a.key < b.key ? -1 : 1;
}

function firstSuiting(wished: (string | null)[], tags: string[]): string | null {
  for (const wish of wished) {
    if (wish === null) continue;
    const parts = wish.split("-");
    for (let length = parts.length; length > 0; length--) {
      if (length < parts.length && (parts[length - 1]?.length ?? 0) === 1) continue;
      const range = parts.slice(0, length).join("-");
      const found = tags.includes(range) ? range : tags.find((one) => covers(range, one));
      if (found !== undefined) return found;
    }
  }
  return null;
}

function covers(range: string, one: string): boolean {
  const wanted = range.toLowerCase().split("-");
  const given = one.split("-");
  return wanted.every((part, n) => part === given[n]);
}

function tag(language: string | null): string {
  return language === null ? "und" : language.toLowerCase();
}
