/**
 * A large audience before the service as it is: each isolate's own memory (`PublishedStore`), the feed's own stamps and the
 * lifetimes that the origin writes, on a model of the tiered cache and a virtual clock. Counts what reaches the database,
 * storage, the feed and the isolates in each second.
 *
 * A viewer's request touches only what is published, so the database hears of publishing alone.
 */
import { chance } from "../../test/support/random.ts";
import { feedAtTheEdge, foreverAtTheEdge } from "../../workers/playback/delivery/cache-lifetimes.ts";
import { documentKeys } from "../../workers/playback/published/documents.ts";
import { addToFeed, newFeed, writeFeed } from "../../workers/playback/published/feed.ts";
import { PublishedStore } from "../../workers/playback/published/published-store.ts";
import { type Network, TieredCache } from "./tiered-cache.ts";

/** D1 statements of publishing one change: counted in workers/publisher, from the consumer's mark to the mark. */
const statementsOfPublishing = 15;

/** A playing viewer's requests: a segment of pictures and one of sound each six seconds. */
const requestsPerSecond = 2 / 6;

/** Bytes of a film's document and of others, about: for the caches' room. */
const documentBytes = 5000;

/** An audience. */
export interface AudienceScenario {
  viewers: number;
  /** They arrive evenly within this time; 0: all play already. Seconds. */
  arriveSeconds: number;
  /** Time that is counted, after `warmUpSeconds` that are not. */
  seconds: number;
  warmUpSeconds: number;
  films: number;
  /** Exponent of the films' popularity (Zipf's law). */
  zipf: number;
  /** Viewers that one isolate serves, and how long it lives, seconds. */
  viewersPerIsolate: number;
  isolateSeconds: number;
  /** Titles that producers change, a second. */
  changesPerSecond: number;
  network: Network;
  seed: number;
}

/** What was asked in each counted second. */
export interface AudienceSecond {
  /** Viewers' requests at the gateway. */
  requests: number;
  /** Isolates' questions: for the feed, and for documents. */
  feed: number;
  documents: number;
  /** Those of them that no cache answered. */
  storage: number;
  /** Statements in D1. */
  database: number;
}

const network: Network = { locations: 50, upperTiers: 4, locationBytes: 200e9, upperBytes: 2e12 };

/** One film that everybody starts within a minute, in isolates that are as new as the audience. */
export const premiere: AudienceScenario = {
  ...{ viewers: 1_000_000, arriveSeconds: 60, seconds: 120, warmUpSeconds: 0, films: 1, zipf: 1 },
  ...{ viewersPerIsolate: 200, isolateSeconds: 1200, changesPerSecond: 0.2, network, seed: 1 },
};

/** A library's long tail: as many viewers, of 20,000 films. */
export const longTail: AudienceScenario = {
  ...premiere,
  ...{ arriveSeconds: 0, seconds: 60, warmUpSeconds: 120, films: 20_000, zipf: 0.8 },
};

const start = Date.UTC(2027, 0, 2, 20);

/** Plays a scenario second by second. The same one gives the same outcome. */
export async function simulateAudience(scenario: AudienceScenario): Promise<AudienceSecond[]> {
  const { viewers, arriveSeconds, films, seconds, warmUpSeconds, changesPerSecond, seed } = scenario;
  let draws = 0;
  const draw = () => chance(seed, "audience", draws++);
  const film = makeDraw(films, scenario.zipf);
  const cache = new TieredCache(scenario.network);
  let feed = newFeed("e");
  let now = 0;
  let count = nothing();

  const originAt = (location: number) => async (path: string) => {
    const isFeed = path.startsWith("/feed");
    if (isFeed) count.feed++;
    else count.documents++;
    const lifetime = lifetimeOf(isFeed ? feedAtTheEdge : foreverAtTheEdge);
    const answerer = cache.ask(path, location, now, () => ({ bytes: documentBytes, ...lifetime }));
    if (answerer === "origin") count.storage++;
    // A document that holds little, because thousands of isolates hold thousands of them here.
    return new Response(isFeed ? writeFeed(feed) : '{"kind":"keys","seq":1,"keys":[]}');
  };
  const isolates = Array.from({ length: Math.ceil(viewers / scenario.viewersPerIsolate) }, (_, n) => {
    const location = n % scenario.network.locations;
    return { location, store: new PublishedStore(originAt(location)) };
  });

  const counted: AudienceSecond[] = [];
  let due = 0;
  for (now = 0; now < warmUpSeconds + seconds; now++) {
    count = nothing();
    for (due += changesPerSecond; due >= 1; due--) {
      const id = film(draw());
      // A changed title is written to its own document, to its address and to its film's.
      const keys = [documentKeys.title(`t${id}`), documentKeys.slug(`s${id}`), documentKeys.asset(`a${id}`)];
      feed = addToFeed(
        feed,
        keys.map((key) => ({ key, isGone: false })),
      );
      count.database += statementsOfPublishing;
    }
    const share = arriveSeconds === 0 ? 1 : Math.min(1, (now + 1) / arriveSeconds);
    const arriving =
      arriveSeconds > 0 && now < arriveSeconds ? scenario.viewersPerIsolate / arriveSeconds : 0;
    const playing = scenario.viewersPerIsolate * share * requestsPerSecond;
    for (const isolate of isolates) {
      if (draw() < 1 / scenario.isolateSeconds)
        isolate.store = new PublishedStore(originAt(isolate.location));
      count.requests += await askAll(
        isolate.store,
        { arriving, playing },
        () => film(draw()),
        start + now * 1000,
      );
    }
    if (now >= warmUpSeconds) counted.push(count);
  }
  return counted;
}

/** One second of an isolate's viewers. Requests of the same film in one second are alike: the first one decides. */
async function askAll(
  store: PublishedStore,
  { arriving, playing }: { arriving: number; playing: number },
  film: () => number,
  now: number,
): Promise<number> {
  const keys = new Set<string>([documentKeys.service]);
  for (let n = 0; n < Math.round(arriving); n++) {
    const id = film();
    keys.add(documentKeys.slug(`s${id}`)).add(documentKeys.asset(`a${id}`));
  }
  for (let n = 0; n < Math.round(playing); n++) keys.add(documentKeys.asset(`a${film()}`));
  for (const key of keys) await store.read(key, now);
  return arriving + playing;
}

function nothing(): AudienceSecond {
  return { requests: 0, feed: 0, documents: 0, storage: 0, database: 0 };
}

function lifetimeOf(header: string) {
  return { freshSeconds: Number(/max-age=([0-9]+)/.exec(header)?.[1] ?? 0), staleSeconds: 0 };
}

/** Draws ranks by Zipf's law from numbers of 0 to 1. */
function makeDraw(films: number, zipf: number): (drawn: number) => number {
  const ends: number[] = [];
  for (let n = 1; n <= films; n++) ends.push((ends.at(-1) ?? 0) + n ** -zipf);
  return (drawn) => {
    const at = drawn * (ends.at(-1) ?? 0);
    let [low, high] = [0, ends.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] ?? 0) > at) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}
