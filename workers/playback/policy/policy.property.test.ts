/** The policy engine against a second opinion (test/support/policy/evaluate-by-hand.ts): rules, classes, playlists, changes. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  anyFilm,
  anyMoment,
  anyPolicy,
  anyViewer,
  anyWishes,
} from "../../../test/support/policy/any-policy.ts";
import {
  evaluateByHand,
  type Judgement,
  type Question,
} from "../../../test/support/policy/evaluate-by-hand.ts";
import { readPlaylist } from "../../hls/read-playlist.ts";
import type { PublishedTracks } from "../hls/published-renditions.ts";
import { writeMultivariant } from "../hls/write-multivariant.ts";
import { unknownCountry } from "../viewer.ts";
import { decideRules } from "./decide-rules.ts";
import { decideTitle } from "./decide-title.ts";
import { effectivePolicy } from "./effective-policy.ts";
import { explainTitle } from "./explain-title.ts";
import type { RenditionFacts } from "./kept-renditions.ts";
import { tracksOfClass } from "./policy-class.ts";
import { everyCountry } from "./territory-groups.ts";

/** 10,000 cases, in parts that each end soon enough on a busy machine. */
const parts = [1, 2, 3, 4, 5];
const casesEach = 2000;
const cases = parts.length * casesEach;

const anyLimit = fc.option(fc.constantFrom(200, 360, 720, 5000), { freq: 2 });

/** A playlist's tracks: those that can be played, and those that play by default. */
function readBack(tracks: PublishedTracks) {
  const { videos, audios, texts, storyboards } = tracks;
  const playlist = readPlaylist(writeMultivariant(videos, audios, texts, storyboards));
  if (playlist.kind !== "multivariant") throw new Error("Expected a multivariant playlist");
  const groups = [playlist.audioGroups, playlist.subtitleGroups].map((kind) =>
    Object.values(kind).flatMap((group) => Object.values(group)),
  );
  const [sound = [], text = []] = groups;
  const keyOf = (uri: string | null) => String(uri).split("/")[0] ?? "";
  const uris = [...playlist.variants, ...sound, ...text].map(({ uri }) => keyOf(uri));
  const marked = (of: { default: boolean; uri: string | null }[]) =>
    keyOf(of.find((track) => track.default)?.uri ?? null).replace("null", "") || null;
  return {
    kept: [...new Set(uris)].toSorted(),
    iframes: playlist.iFrameVariants.map(({ uri }) => keyOf(uri)).toSorted(),
    audio: marked(sound),
    text: marked(text),
  };
}

function factsOf(film: PublishedTracks): RenditionFacts[] {
  const none = { width: null, height: null, bandwidth: null, language: null };
  return [
    ...film.videos.map((one) => ({ ...none, ...one, kind: "video" as const })),
    ...film.audios.map((one) => ({ ...none, ...one, kind: "audio" as const })),
    ...film.texts.map((one) => ({ ...none, ...one, kind: "text" as const })),
  ];
}

/** As `expect(a).toEqual(b)`, which costs more than all else here when it is asked a hundred thousand times. */
function same(a: unknown, b: unknown): void {
  if (JSON.stringify(a) !== JSON.stringify(b)) expect(a).toEqual(b);
}

function isSame(a: Judgement, b: Judgement): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The next moment at which a judgement is another one, looked for on every edge of every window. */
function nextChange(question: Question): number | null {
  const edges = [question.title, question.service].flatMap(({ rules }) =>
    rules.flatMap(({ windows = [] }) =>
      windows.flatMap(({ opens, closes }) => [opens, closes].flatMap((edge) => edge ?? [])),
    ),
  );
  const later = edges.map((edge) => Date.parse(edge)).filter((edge) => edge > question.now);
  const ruling = evaluateByHand(question);
  const changed = later.filter((now) => !isSame(evaluateByHand({ ...question, now }), ruling));
  return changed.length === 0 ? null : Math.min(...changed);
}

const seen = { allowed: 0, codes: new Set<string>(), classes: new Set<string>(), changing: 0 };

test.each(parts)(
  "decisions, classes, playlists and explanations are those of a second opinion, part %i",
  () => {
    fc.assert(
      fc.property(
        anyPolicy("title"),
        anyPolicy("service"),
        anyFilm,
        fc.array(fc.tuple(anyViewer, anyMoment, anyWishes, anyLimit), { minLength: 2, maxLength: 2 }),
        (title, service, film, asked) => {
          const decidable = { policy: effectivePolicy(title, service), tracks: film, facts: factsOf(film) };
          const classes = new Map<string, string>();
          for (const [viewer, now, preferences, maxHeight] of asked) {
            const question = { title, service, film, viewer, now, preferences, maxHeight };
            const judged = evaluateByHand(question);
            const options = { preferences, limit: { maxHeight } };
            const decision = decideTitle(decidable, viewer, now, options);
            const explained = explainTitle(decidable, viewer, now, options);
            expect(explained.decision).toEqual(decision);
            expect(explained.rules.filter(({ decides }) => decides)).toMatchObject([{ name: judged.rule }]);
            const refusal = decision.allowed ? [null, null] : [decision.code, decision.opensAt];
            expect([decision.rule, ...refusal]).toEqual([
              judged.rule,
              judged.code,
              judged.code === null ? null : judged.opensAt,
            ]);
            expect(decision.changesAt).toBe(nextChange(question));
            if (decision.changesAt !== null) seen.changing++;
            if (decision.allowed !== (judged.code === null)) throw new Error("unequal");
            if (!decision.allowed || judged.code !== null) {
              seen.codes.add(String(judged.code));
              continue;
            }
            seen.allowed++;
            seen.classes.add(decision.policyClass);
            const tracks = tracksOfClass(film, decision.policyClass);
            if (tracks === null) throw new Error(`${decision.policyClass} is no class`);
            const { kept, audio, text } = judged;
            const iframes = film.videos
              .map(({ key }) => key)
              .filter((key) => kept.includes(key))
              .toSorted();
            same(readBack(tracks), { kept, iframes, audio, text });
            const dropped = decidable.facts.map(({ key }) => key).filter((key) => !kept.includes(key));
            same([...decision.dropped.keys()].toSorted(), dropped.toSorted());
            const playable = explained.renditions.filter((one) => one.kept).map(({ key }) => key);
            same(playable.toSorted(), kept);
            // The same playlist is the same class, and another one another.
            const playlist = JSON.stringify([kept, audio, text]);
            same(classes.get(playlist) ?? decision.policyClass, decision.policyClass);
            classes.set(playlist, decision.policyClass);
            same(new Set(classes.values()).size, classes.size);
          }
        },
      ),
      { numRuns: casesEach },
    );
  },
);

test("all kinds of answers were among them", () => {
  // A property that only ever saw one kind of answer would prove little.
  expect([...seen.codes].toSorted()).toEqual([
    "country_unknown",
    "network_not_allowed",
    "no_audio_allowed",
    "no_longer_available_here",
    "no_rung_allowed",
    "not_available_in_country",
    "not_yet_available",
    "withheld",
  ]);
  expect(seen.allowed).toBeGreaterThan(cases / 4);
  expect(seen.changing).toBeGreaterThan(cases / 10);
  expect(seen.classes.size).toBeGreaterThan(100);
});

test("no country's decision changes before the earliest change that any country names", () => {
  fc.assert(
    fc.property(
      anyPolicy("title"),
      anyPolicy("service"),
      anyMoment,
      anyViewer,
      (title, service, now, { country }) => {
        const rules = effectivePolicy(title, service);
        const countries = new Map(
          [...everyCountry, unknownCountry].map((code) => [
            code,
            decideRules(rules, { country: code, asn: null, isTor: false }, now),
          ]),
        );
        const changes = [...countries.values()].flatMap((decision) => decision.changesAt ?? []);
        const changesAt = changes.length === 0 ? null : Math.min(...changes);
        expect(countries.size).toBe(251);
        const film = { videos: [], audios: [], texts: [], storyboards: [] };
        const viewer = { country, asn: null, isTor: false };
        const at = (moment: number) =>
          JSON.stringify({
            ...decideTitle({ policy: rules, tracks: film, facts: [] }, viewer, moment),
            changesAt: 0,
          });
        const told = countries.get(country);
        const { rule, allowed } = decideTitle({ policy: rules, tracks: film, facts: [] }, viewer, now);
        expect([told?.rule, told?.allowed]).toEqual([rule, allowed]);
        if (changesAt !== null) {
          expect(changesAt).toBeGreaterThan(now);
          expect(at(changesAt - 1)).toBe(at(now));
        }
      },
    ),
    { numRuns: 300 },
  );
});

test("a class has one spelling", () => {
  const any = fc.tuple(anyPolicy("title"), anyFilm, anyViewer, anyMoment, anyWishes);
  let tried = 0;
  fc.assert(
    fc.property(any, ([policy, film, viewer, now, preferences]) => {
      const decidable = {
        policy: effectivePolicy(policy, { rules: [] }),
        tracks: film,
        facts: factsOf(film),
      };
      const decision = decideTitle(decidable, viewer, now, { preferences });
      if (!decision.allowed || decision.policyClass === "full") return;
      tried++;
      const known = decision.policyClass;
      const terms = known.split(".");
      const others = [
        ...[`${known}.`, `.${known}`, `${known}.${known}`, known.toUpperCase(), known.replace(/^h/, "h0")],
        ...[terms.toReversed().join("."), terms.join(""), `${known}.da_xx`, `full.${known}`, `${known}_xx`],
      ];
      for (const other of others) if (other !== known) expect(tracksOfClass(film, other)).toBeNull();
    }),
    { numRuns: 1000 },
  );
  expect(tried).toBeGreaterThan(100);
});
