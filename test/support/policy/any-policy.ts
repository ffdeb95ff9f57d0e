/** Random policies, films and viewers for property tests: small pools, so that rules meet. */
import fc from "fast-check";
import type { PublishedTracks } from "../../../workers/playback/hls/published-renditions.ts";
import type { LanguagePreferences } from "../../../workers/playback/policy/choose-languages.ts";
import { findContradictions } from "../../../workers/playback/policy/find-contradictions.ts";
import { type Policy, policyDocument } from "../../../workers/playback/policy/policy-document.ts";
import type { PolicyViewer } from "../../../workers/playback/viewer.ts";

/** The first moment of all windows, Unix milliseconds; they begin and end on whole hours after it. */
export const firstMoment = Date.UTC(2027, 2, 1);

const hourMs = 3_600_000;
const hours = 24;
const countries = ["DE", "AT", "CH", "FR", "US", "BR", "JP", "KE"];
const asns = [3320, 1299, 64_500];
const languages = ["en", "en-US", "de", "fr", "pt-BR", "zh-Hant-TW", "und"];
const heights = [240, 360, 480, 720, 1080];

const moment = (hour: number) => new Date(firstMoment + hour * hourMs).toISOString();

/** A moment before, in, on the edges of, or after the windows. */
export const anyMoment: fc.Arbitrary<number> = fc
  .tuple(fc.integer({ min: -1, max: hours + 1 }), fc.constantFrom(-1, 0, 0, 1, 1_800_000))
  .map(([hour, off]) => firstMoment + hour * hourMs + off);

/** A viewer of a known country, of none, or on Tor. */
export const anyViewer: fc.Arbitrary<PolicyViewer> = fc
  .record({
    country: fc.constantFrom(...countries, ...countries, "XX", "T1"),
    asn: fc.option(fc.constantFrom(...asns, 7018)),
  })
  .map(({ country, asn }) => ({ country: country === "T1" ? "XX" : country, asn, isTor: country === "T1" }));

const language = fc.constantFrom(...languages.map((tag) => tag.toLowerCase()), "en-gb", "de-at", "es");

/** Draws the wishes of a viewer. */
export const anyWishes: fc.Arbitrary<LanguagePreferences> = fc.record({
  audio: fc.option(language, { freq: 3 }),
  text: fc.option(fc.oneof(language, fc.constant("off")), { freq: 3 }),
  accepted: fc.uniqueArray(language, { maxLength: 2 }),
});

/** Some of the members of a record, each with the chance of one half. */
function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined, freq: 2 });
}

const grants = fc.record({
  deny: fc.constantFrom(undefined, undefined, undefined, true),
  max_height: maybe(fc.constantFrom(...heights, 2160, 300)),
  max_bitrate: maybe(fc.integer({ min: 1, max: 60 }).map((step) => step * 100_000)),
  audio: maybe(languageChoice(1)),
  text: maybe(languageChoice(0)),
});

function languageChoice(minLength: number) {
  return fc
    .record({
      allowed: maybe(fc.uniqueArray(fc.constantFrom(...languages), { minLength, maxLength: 4 })),
      default: maybe(fc.constantFrom(...languages)),
    })
    .map(defined);
}

const windows = fc
  .uniqueArray(fc.integer({ min: 0, max: hours }), { minLength: 1, maxLength: 6 })
  .chain((edges) => fc.tuple(fc.constant(edges.toSorted((a, b) => a - b)), fc.boolean()))
  .map(([edges, isOpen]) => {
    const all = isOpen ? [null, ...edges] : edges;
    return all.flatMap((edge, n) => {
      if (n % 2 === 1) return [];
      const end = all[n + 1];
      return [
        {
          ...(edge === null ? {} : { opens: moment(edge) }),
          ...(end === undefined || end === null ? {} : { closes: moment(end) }),
        },
      ];
    });
  });

const territories = fc.uniqueArray(
  fc.constantFrom(...countries, "dach", "europe", "eu-members", "north-america"),
  { minLength: 1, maxLength: 4 },
);

const rule = fc
  .record({
    territories: maybe(territories),
    except: fc.option(territories, { nil: undefined, freq: 3 }),
    windows: maybe(windows),
    outside_windows: fc.constantFrom(undefined, "refuse", "next_rule"),
    asns: fc.option(fc.uniqueArray(fc.constantFrom(...asns), { minLength: 1 }), { nil: undefined, freq: 6 }),
    tor: fc.constantFrom(undefined, undefined, undefined, undefined, true, false),
  })
  .chain((conditions) => grants.map((given) => ({ ...conditions, ...given })));

/** A policy without contradictions: what contradicts itself is taken out until nothing does. */
export function anyPolicy(who: string): fc.Arbitrary<Policy> {
  return fc
    .record({
      rules: fc.array(rule, { maxLength: 12 }),
      default: maybe(grants),
      unknown_country: fc.option(grants, { nil: undefined, freq: 3 }),
    })
    .map((raw) => {
      const document = {
        groups: { dach: ["DE", "AT", "CH"] },
        rules: raw.rules.map((one, n) => tidy({ name: `${who} rule ${n}`, ...one })),
        ...(raw.default === undefined ? {} : { default: tidy({ name: `${who} default`, ...raw.default }) }),
        ...(raw.unknown_country === undefined ? {} : { unknown_country: tidy(raw.unknown_country) }),
      };
      let policy = policyDocument.parse(document);
      for (;;) {
        const [first] = findContradictions(policy, {});
        if (first === undefined) return policy;
        policy = without(policy, first.pointer);
      }
    });
}

/** A policy without the member that a contradiction names first: a rule, or a part of a default. */
function without(policy: Policy, pointer: string): Policy {
  const [, member, part] = pointer.split("/");
  if (member === "rules") return { ...policy, rules: policy.rules.filter((_, n) => n !== Number(part)) };
  const { [member as "default"]: _, ...rest } = policy;
  return rest;
}

/** Takes out what would say nothing, which is what most random rules do. */
function tidy<T extends { deny?: true | undefined; windows?: unknown; outside_windows?: unknown }>(
  one: T,
): unknown {
  const { deny, windows: spans, outside_windows: outside, ...rest } = defined(one) as Record<string, unknown>;
  const caps = ["max_height", "max_bitrate", "audio", "text"];
  const kept =
    deny === true ? Object.entries(rest).filter(([name]) => !caps.includes(name)) : Object.entries(rest);
  return {
    ...Object.fromEntries(kept),
    ...(deny === true ? { deny } : {}),
    ...(spans === undefined ? {} : { windows: spans }),
    ...(spans === undefined || deny === true || outside === undefined ? {} : { outside_windows: outside }),
  };
}

function defined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
}

const video = fc.record({
  height: fc.constantFrom(...heights),
  isPortrait: fc.boolean(),
  codec: fc.constantFrom("avc1.64001f", "av01.0.05M.08"),
  bandwidth: fc.integer({ min: 1, max: 60 }).map((step) => step * 100_000),
});

/** A film with some rungs in one or two codecs, some sound (stereo, and 5.1 beside some), and some subtitles. */
export const anyFilm: fc.Arbitrary<PublishedTracks> = fc
  .record({
    videos: fc.uniqueArray(video, {
      minLength: 1,
      maxLength: 6,
      selector: ({ height, codec }) => `${height} ${codec}`,
    }),
    isPortrait: fc.boolean(),
    audios: fc.uniqueArray(
      fc.record({ language: fc.option(fc.constantFrom(...languages)), surround: fc.boolean() }),
      {
        maxLength: 4,
        selector: ({ language: spoken }) => spoken ?? "und",
      },
    ),
    defaultAudio: fc.option(fc.nat(3)),
    texts: fc.array(
      fc.record({
        language: fc.option(fc.constantFrom(...languages)),
        isForced: fc.boolean(),
        isSdh: fc.boolean(),
      }),
      { maxLength: 4 },
    ),
    defaultText: fc.option(fc.nat(3)),
  })
  .map(({ videos, isPortrait, audios, defaultAudio, texts, defaultText }) => ({
    videos: videos.map(({ height, codec, bandwidth }, n) => ({
      key: `v${n}-${height}p`,
      codecs: codec,
      width: isPortrait ? height : (height * 16) / 9,
      height: isPortrait ? (height * 16) / 9 : height,
      frameRate: 25,
      bandwidth,
      averageBandwidth: bandwidth - 1,
      iframeBandwidth: 50_000,
    })),
    audios: audios.flatMap(({ language: spoken, surround }, n) => {
      const isDefault = defaultAudio === null ? n === 0 : n === defaultAudio % audios.length;
      const label = `Sound ${n}`;
      const rates = { bandwidth: 130_000, averageBandwidth: 128_000, codecs: "mp4a.40.2" };
      const stereo = { key: `a${n}-2`, label, channels: 2, language: spoken, isDefault, ...rates };
      return surround ? [stereo, { ...stereo, key: `a${n}-6`, channels: 6 }] : [stereo];
    }),
    texts: texts.map((text, n) => ({
      key: `t${n}`,
      label: `Text ${n}`,
      isDefault: defaultText !== null && n === defaultText % texts.length,
      ...text,
    })),
    storyboards: [],
  }));
