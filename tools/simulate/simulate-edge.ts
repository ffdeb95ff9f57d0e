/**
 * Plays an evening of viewers through the gateway's own decisions and the origin's own paths, on a model of the tiered
 * cache, and counts who answered, by class of object.
 */

import { chance } from "../../test/support/random.ts";
import { multivariantAtTheEdge } from "../../workers/playback/delivery/cache-lifetimes.ts";
import {
  type ObjectClass,
  objectClasses,
  objectClassOf,
} from "../../workers/playback/delivery/object-class.ts";
import { multivariantPath, renditionPath } from "../../workers/playback/origin/origin-paths.ts";
import { readLanguagePreferences } from "../../workers/playback/policy/choose-languages.ts";
import { decideTitle, type PolicyDecision } from "../../workers/playback/policy/decide-title.ts";
import { tracksOfClass } from "../../workers/playback/policy/policy-class.ts";
import { segmentSeconds } from "../../workers/shared/ladder-boxes.ts";
import { makeAudience, type Viewer } from "./audience.ts";
import { type Film, makeLibrary, twelveRules } from "./library.ts";
import { type Answerer, type Network, TieredCache } from "./tiered-cache.ts";

/** The scenario of a simulation. */
export interface Scenario {
  /** Requests that are counted. */
  requests: number;
  /** Requests before them, which find the caches empty and are not counted. */
  warmUp: number;
  films: number;
  /** Exponent of the Zipf law: the film of rank n is chosen in proportion to n^-s. */
  zipf: number;
  network: Network;
  /** Its whole length, seconds; viewers arrive evenly. */
  seconds: number;
  seed: number;
  /** The parts of the cache's key. The service's own is the path alone; others show the value of that. */
  keyOf: (path: string, viewer: Viewer, session: number) => string;
}

/** The outcome. */
export interface Outcome {
  /** Requests by class and by who answered. */
  counts: Map<ObjectClass, Record<Answerer, number>>;
  sessions: number;
  refused: number;
  countries: number;
  locations: number;
  /** Multivariant playlists that one film got, at most. */
  mostPlaylistsOfAFilm: number;
}

/** The average session, as the code below makes it. */
const requestsOfSession = 270;

const evening = Date.UTC(2027, 0, 2, 18);

/** The service as it is: a million requests, after those that filled the caches. */
export const ordinaryScenario: Scenario = {
  requests: 1_000_000,
  warmUp: 4_000_000,
  films: 300,
  zipf: 1,
  network: { locations: 50, upperTiers: 4, locationBytes: 200e9, upperBytes: 2e12 },
  seconds: 12 * 3600,
  seed: 1,
  keyOf: (path) => path,
};

/** Runs a scenario. The same one gives the same outcome. */
export function simulateEdge(scenario: Scenario): Outcome {
  const { requests, warmUp, films, network, seconds, seed, keyOf } = scenario;
  let draws = 0;
  const draw = () => chance(seed, "edge", draws++);
  const library = makeLibrary(films, twelveRules(evening + (seconds / 2) * 1000));
  const ranks: number[] = [];
  for (let n = 1; n <= films; n++) ranks.push((ranks.at(-1) ?? 0) + n ** -scenario.zipf);
  const nextViewer = makeAudience(network.locations);
  const cache = new TieredCache(network);
  const counts = new Map(objectClasses.map((name) => [name, { location: 0, upper: 0, origin: 0 }]));
  const playlists = new Map<Film, Set<string>>();
  const met = { countries: new Set<string>(), locations: new Set<number>() };
  let [asked, sessions, refused] = [0, 0, 0];
  const end = warmUp + requests;
  const paceSeconds = seconds / (end / requestsOfSession);
  while (asked < end) {
    const session = sessions++;
    const start = session * paceSeconds;
    const viewer = nextViewer(draw);
    met.countries.add(viewer.country);
    met.locations.add(viewer.location);
    const chosen = draw();
    const film = library[ranks.findIndex((end) => end > chosen * (ranks.at(-1) ?? 0))] ?? library[0];
    if (film === undefined) throw new Error("a library has films");
    const now = evening + start * 1000;
    const preferences = readLanguagePreferences(new URLSearchParams(), viewer.acceptLanguage);
    const who = { country: viewer.country, asn: null, isTor: false };
    const decision = decideTitle(film, who, now, { preferences });
    if (!decision.allowed) {
      refused++;
      continue;
    }
    for (const { path, bytes, after } of requestsOf(film, viewer, decision, draw)) {
      if (asked++ >= end) break;
      const name = objectClassOf(path);
      const at = start + after;
      if (name === "multivariant") {
        const of = playlists.get(film) ?? new Set();
        playlists.set(film, of.add(path));
      }
      const answerer = cache.ask(keyOf(path, viewer, session), viewer.location, at, () =>
        name === "multivariant" ? { bytes, ...lifetimeOf(decision, now) } : { bytes, ...forever },
      );
      const count = counts.get(name);
      if (count !== undefined && asked > warmUp) count[answerer]++;
    }
  }
  return {
    ...{ counts, sessions, refused, countries: met.countries.size, locations: met.locations.size },
    mostPlaylistsOfAFilm: Math.max(0, ...[...playlists.values()].map(({ size }) => size)),
  };
}

const forever = { freshSeconds: Number.POSITIVE_INFINITY, staleSeconds: 0 };

function lifetimeOf({ changesAt }: PolicyDecision, now: number) {
  const header = multivariantAtTheEdge(changesAt, now);
  const seconds = (name: string) => Number(new RegExp(`${name}=([0-9]+)`).exec(header)?.[1] ?? 0);
  return { freshSeconds: seconds("max-age"), staleSeconds: seconds("stale-while-revalidate") };
}

/** The requests of a player, in order. `after`: seconds since the session began. */
function* requestsOf(
  film: Film,
  viewer: Viewer,
  decision: Extract<PolicyDecision, { allowed: true }>,
  draw: () => number,
): Generator<{ path: string; bytes: number; after: number }> {
  const { assetId, revision, segments } = film;
  const tracks = tracksOfClass(film.tracks, decision.policyClass);
  if (tracks === null) throw new Error(`${decision.policyClass} is no class of its film`);
  const file = (key: string, name: string) => renditionPath(assetId, revision, key, name);
  const ladder = tracks.videos.toSorted((a, b) => b.bandwidth - a.bandwidth);
  const best = ladder.findIndex(({ bandwidth }) => bandwidth < viewer.lineRate);
  let rung = best === -1 ? ladder.length - 1 : best;
  const audio = tracks.audios.find(({ isDefault }) => isDefault) ?? tracks.audios[0];
  if (audio === undefined) throw new Error("films have sound");
  yield { path: multivariantPath(assetId, revision, decision.policyClass), bytes: 4000, after: 0 };
  yield { path: file(audio.key, "playlist.m3u8"), bytes: 30_000, after: 0 };
  yield { path: file(audio.key, "init.mp4"), bytes: 800, after: 0 };
  // Most viewers look in for some minutes; the others stay, many of them to the end.
  const stays = draw() < 0.6 ? draw() * 50 : segments * Math.min(1, 0.3 + draw());
  // One in five goes on where they stopped yesterday.
  const from = draw() < 0.2 ? Math.floor(draw() * segments * 0.8) : 0;
  let loaded = -1;
  for (let n = from; n < Math.min(segments, from + Math.ceil(stays)); n++) {
    const after = (n - from) * segmentSeconds;
    // Now and then the line gets worse or better.
    const change = draw();
    if (change < 0.01) rung = Math.min(ladder.length - 1, rung + 1);
    else if (change > 0.99) rung = Math.max(best === -1 ? ladder.length - 1 : best, rung - 1);
    const video = ladder[rung];
    if (video === undefined) throw new Error("films have pictures");
    if (loaded !== rung) {
      yield { path: file(video.key, "playlist.m3u8"), bytes: 30_000, after };
      yield { path: file(video.key, "init.mp4"), bytes: 800, after };
      loaded = rung;
    }
    const name = `seg-${String(n).padStart(5, "0")}.m4s`;
    yield { path: file(video.key, name), bytes: (video.bandwidth / 8) * segmentSeconds, after };
    yield { path: file(audio.key, name), bytes: 96_000, after };
  }
}
