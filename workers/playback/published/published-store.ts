/**
 * One isolate's memory of what is published: documents by key, and the feed that says which of them have changed. What is held
 * stays valid until the feed names it, so a warm isolate asks for one small object each ten seconds and for nothing else.
 *
 * When the feed, or a document that it names, can't be read, what is held goes on for ten minutes; a takedown that the feed has
 * told counts before that, without a read. After ten minutes nobody knows the rules any more, and nothing plays.
 */
import { Problem } from "../../http/problem.ts";
import { BoundedMap } from "../../shared/bounded-map.ts";
import { SingleFlight } from "../../shared/single-flight.ts";
import { type EdgeDocument, parseDocument } from "./documents.ts";
import { compareFeeds, type Feed, newFeed, parseFeed, stampOf } from "./feed.ts";

/** Age of the feed at which one request asks for it again, ms. */
export const feedEveryMs = 10_000;

/**
 * Age from which all requests wait for that one, ms. With it a change is known everywhere 15 s after it was published: the feed
 * is cached for five seconds.
 */
const mustKnowMs = 15_000;

/** Age that a copy of the feed may have without counting as old, ms: see `feedAtTheEdge`. */
const copyMs = 5000;

/** Longest that what is held goes on without the feed, or without a document that it names, ms. */
export const graceMs = 10 * 60_000;

/** Pause after a failed read where nothing else helps, ms. */
const retryMs = 1000;

/** Documents held: with what is built from them about 9 kB each, together less than a third of an isolate. The oldest goes first. */
const maxHeld = 4000;

/** Keys known to have no document: made-up ones must not push out the others. */
const maxAbsent = 5000;

/** The feed of a service that has published nothing yet. */
const noFeed = newFeed("none");

/** A document that is not gone. */
export type LiveDocument = Exclude<EdgeDocument, { kind: "gone" }>;

interface Held {
  document: LiveDocument;
  /** Time at which the feed named it; null while it is the newest. */
  staleSince: number | null;
  /** Time of the last failed read of the newer one. */
  failedAt: number;
}

/** See above. `fetchOrigin` gets a path of `Origin`; it answers 200, 404, or fails. Times are Unix milliseconds. */
export class PublishedStore {
  readonly #fetch: (path: string) => Promise<Response>;
  readonly #held = new BoundedMap<string, Held>(maxHeld);
  readonly #absent = new BoundedMap<string, true>(maxAbsent);
  readonly #reads = new SingleFlight<LiveDocument | null>();
  readonly #asking = new SingleFlight<void>();
  #feed: Feed | null = null;
  #feedAt = 0;
  #failedAt = Number.NEGATIVE_INFINITY;

  constructor(fetchOrigin: (path: string) => Promise<Response>) {
    this.#fetch = fetchOrigin;
  }

  /**
   * The document of a key where it is held and known to count at `now`: the way of a warm request, without a promise.
   * @returns undefined where it has to be read; null when there is none
   */
  peek(key: string, now: number): LiveDocument | null | undefined {
    if (this.#feed === null || !isWithin(now, this.#feedAt, feedEveryMs)) return undefined;
    return this.#heldAsOf(this.#feed, key);
  }

  #heldAsOf(feed: Feed, key: string): LiveDocument | null | undefined {
    if (feed.changes.get(key)?.isGone || this.#absent.has(key)) return null;
    const held = this.#held.get(key);
    return held !== undefined && held.staleSince === null ? held.document : undefined;
  }

  /**
   * The document with this key as of a feed at most `maxAgeMs` old; null when there is none, or it is a tombstone.
   * @throws Problem 503 `rules_unknown`
   */
  async read(key: string, now: number, maxAgeMs: number = feedEveryMs): Promise<LiveDocument | null> {
    await this.#follow(now, Math.min(maxAgeMs, feedEveryMs));
    const feed = this.#feed;
    if (feed === null) throw rulesUnknown();
    const known = this.#heldAsOf(feed, key);
    if (known !== undefined) return known;
    const held = this.#held.get(key);
    const goesOn = held?.staleSince != null && now - held.staleSince < graceMs ? held : null;
    if (goesOn !== null && isWithin(now, goesOn.failedAt, retryMs)) return goesOn.document;
    const path = `/w/${stampOf(feed, key)}/${key}`;
    try {
      return await this.#reads.run(path, () => this.#load(key, path, feed));
    } catch (error) {
      console.error("published object can't be read", key, error);
      if (goesOn === null) throw rulesUnknown();
      goesOn.failedAt = now;
      return goesOn.document;
    }
  }

  /** Checks whether the service has published anything, as far as is known here. */
  hasFeed(): boolean {
    return this.#feed !== null && this.#feed.epoch !== noFeed.epoch;
  }

  /** Takes a feed that the caller has just written or read: changes made through this isolate count in it at once. */
  applyFeed(feed: Feed, now: number): void {
    if (this.#feed !== null) {
      const step = compareFeeds(this.#feed, feed);
      if (step.kind === "older") {
        // A bucket that was rolled back gives nothing newer: some time it has to be believed.
        if (now - this.#feedAt < graceMs) return;
        this.#forget();
      }
      if (step.kind === "foreign") this.#forget();
      if (step.kind === "everything") this.#doubt([...this.#held.keys()], now);
      if (step.kind === "everything") this.#absent.clear();
      if (step.kind === "named") this.#doubt(step.keys, now);
    }
    const isSame = this.#feed?.epoch === feed.epoch && this.#feed.last === feed.last;
    this.#feedAt = isSame ? Math.max(this.#feedAt, now) : now;
    this.#feed = feed;
    this.#failedAt = Number.NEGATIVE_INFINITY;
  }

  /** Asks for the feed when it is old, or leaves it to the request that does. @throws Problem 503 `rules_unknown` */
  async #follow(now: number, maxAgeMs: number): Promise<void> {
    const age = this.#feed === null || now < this.#feedAt ? Number.POSITIVE_INFINITY : now - this.#feedAt;
    if (age < maxAgeMs) return;
    const goesOn = age < graceMs;
    if (isWithin(now, this.#failedAt, goesOn ? feedEveryMs : retryMs)) {
      if (goesOn) return;
      throw rulesUnknown();
    }
    const isOthersWork = maxAgeMs === feedEveryMs && this.#asking.isUnderway("feed");
    if (isOthersWork && age < mustKnowMs) return;
    try {
      await this.#asking.run("feed", () => this.#ask(now, maxAgeMs < feedEveryMs));
    } catch (error) {
      this.#failedAt = now;
      console.error("feed can't be read", error);
      if (!goesOn) throw rulesUnknown();
    }
  }

  async #ask(now: number, isUrgent: boolean): Promise<void> {
    // Whoever knows that something has changed passes the cached copy, once a second for a whole location.
    const response = await this.#fetch(isUrgent ? `/feed/${Math.floor(now / 1000)}` : "/feed");
    if (response.status === 404 && !this.hasFeed()) return this.applyFeed(noFeed, now);
    if (!response.ok) throw new Error(`answered ${response.status}`);
    // A cache that can't reach storage gives old copies; they say nothing of the time since then.
    const ageMs = Number(response.headers.get("Age") ?? 0) * 1000;
    const at = ageMs > copyMs ? now - ageMs : now;
    this.applyFeed(parseFeed(await response.text()), at);
    // A late copy is as good as none: the next one is asked for after the usual time.
    if (this.#feedAt < now) this.#failedAt = now;
    if (now - this.#feedAt >= graceMs) throw new Error("there are only old copies");
  }

  async #load(key: string, path: string, as: Feed): Promise<LiveDocument | null> {
    const response = await this.#fetch(path);
    if (!response.ok && response.status !== 404) throw new Error(`answered ${response.status}`);
    // Tombstones are written, never left out: a document that was there and isn't is lost, which says nothing of the rules.
    const isLost = response.status === 404 && (as.changes.has(key) || this.#held.has(key));
    if (isLost) throw new Error("it was there, and is gone without a tombstone");
    const document = response.ok ? parseDocument(await response.text()) : null;
    const live = document === null || document.kind === "gone" ? null : document;
    // Only while nothing has changed for this key since the read began.
    if (this.#feed === null || stampOf(this.#feed, key) !== stampOf(as, key)) return live;
    if (live === null) {
      this.#held.delete(key);
      this.#absent.set(key, true);
    } else {
      this.#held.set(key, { document: live, staleSince: null, failedAt: Number.NEGATIVE_INFINITY });
    }
    return live;
  }

  #doubt(keys: string[], now: number): void {
    for (const key of keys) {
      this.#absent.delete(key);
      const held = this.#held.get(key);
      if (held !== undefined) held.staleSince ??= now;
    }
  }

  #forget(): void {
    this.#held.clear();
    this.#absent.clear();
  }
}

/** The refusal while nobody knows what the rules are; players try again. */
export function rulesUnknown(): Problem {
  return new Problem(
    503,
    "rules_unknown",
    "The rules for this title could not be read just now. Try again in a moment.",
    { headers: { "Retry-After": "1" } },
  );
}

function isWithin(now: number, since: number, ms: number): boolean {
  return now >= since && now - since < ms;
}
