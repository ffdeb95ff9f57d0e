/**
 * Lifetimes of copies at the edge and at viewers. One rule goes through all: no copy that a country's rules decide on is kept
 * past the next moment at which they change (`changesAt`), so that an opening or closing window needs no purge. Pure.
 */

/** A year, by custom the longest lifetime in caches (RFC 9111 §5.2.2.1 names no limit). Seconds. */
const yearSeconds = 31_536_000;

/** For objects that never change, because their path names everything that they depend on. */
export const foreverAtTheEdge = `public, max-age=${yearSeconds}, immutable`;

/**
 * For the feed of changes: it is asked for by every isolate, and a change has to be everywhere soon. While storage can't be read
 * an old copy is better than none; the isolates count for how long.
 */
export const feedAtTheEdge = "public, max-age=5, stale-if-error=600";

/** For a document that is not there: it may be published at any moment, but made-up keys must not reach storage each time. */
export const absentDocumentAtTheEdge = "public, max-age=5";

/** Longest until a new release of our playlist writer reaches all viewers; the path names everything else. Seconds. */
const freshSeconds = 300;

/** Longest until a list shows what its path does not name (docs/architecture.md, "Lists"). Seconds. */
const listSeconds = 60;

/** Time after that in which an old copy may still be given while a new one is made (RFC 5861 §3). Seconds. */
const staleSeconds = 86_400;

/** Lifetime within which a page that preloads the playlist shares its answer with the player. Seconds. */
const viewerPlaylistSeconds = 15;

/** Lifetime of a poster that the title's rules open: a shelf of them is loaded once for a look around. Seconds. */
const posterSeconds = 300;

/** For posters that are for everybody: an hour, because that of a title that was taken down must leave caches too. */
export const publicPoster = "public, max-age=3600";

/** Lifetime of a refusal, so that a player that keeps retrying gets it from its own cache. Seconds. */
const refusalSeconds = 5;

/** Whole seconds from `now` until `changesAt` (Unix ms; null: never), rounded down. */
function secondsUntil(changesAt: number | null, now: number): number {
  return changesAt === null ? Number.POSITIVE_INFINITY : Math.max(0, Math.floor((changesAt - now) / 1000));
}

/** `Cache-Control` of a multivariant playlist between gateway and origin. Fresh and stale life end by `changesAt`. */
export function multivariantAtTheEdge(changesAt: number | null, now: number): string {
  return freshThenStale(freshSeconds, staleSeconds, changesAt, now);
}

/** `Cache-Control` of a list of films between the pages and the origin; ends as that of a playlist does. */
export function listAtTheEdge(changesAt: number | null, now: number): string {
  return freshThenStale(listSeconds, staleSeconds, changesAt, now);
}

/** `Cache-Control` of a search between the pages and the origin: its path does not name what it depends on, so it has no stale life. */
export function searchAtTheEdge(changesAt: number | null, now: number): string {
  return freshThenStale(listSeconds, 0, changesAt, now);
}

function freshThenStale(fresh: number, stale: number, changesAt: number | null, now: number): string {
  const left = secondsUntil(changesAt, now);
  if (left === 0) return "no-store";
  const freshFor = Math.min(fresh, left);
  const staleFor = Math.min(stale, left - freshFor);
  return `public, max-age=${freshFor}${staleFor > 0 ? `, stale-while-revalidate=${staleFor}` : ""}`;
}

/** `Cache-Control` of a multivariant playlist for its viewer. @param tokenSeconds until the token's end */
export function multivariantForViewer(tokenSeconds: number, changesAt: number | null, now: number): string {
  const seconds = Math.min(viewerPlaylistSeconds, tokenSeconds, secondsUntil(changesAt, now));
  return seconds > 0 ? `private, max-age=${seconds}` : "private, no-cache";
}

/** `Cache-Control` of media for its viewer, whose URL holds the token. @param tokenSeconds until the token's end */
export function mediaForViewer(tokenSeconds: number, changesAt: number | null, now: number): string {
  const seconds = Math.min(tokenSeconds, secondsUntil(changesAt, now));
  return seconds > 0 ? `private, max-age=${seconds}, immutable` : "private, no-cache";
}

/** `Cache-Control` of a poster for a viewer whom the rules let see it: it leaves browsers soon after they change. */
export function posterForViewer(changesAt: number | null, now: number): string {
  const seconds = Math.min(posterSeconds, secondsUntil(changesAt, now));
  return seconds > 0 ? `private, max-age=${seconds}` : "private, no-cache";
}

/** `Cache-Control` of a refusal that the title's rules gave this viewer. */
export function refusalForViewer(changesAt: number | null, now: number): string {
  const seconds = Math.min(refusalSeconds, secondsUntil(changesAt, now));
  return seconds > 0 ? `private, max-age=${seconds}` : "no-store";
}

/** The end (Unix ms) of the freshness of a copy that came with these headers at `now` (RFC 9111 §4.2); `now` when it has none. */
export function freshUntil(headers: Headers, now: number): number {
  const maxAge = /(?:^|[\s,])max-age=([0-9]+)/.exec(headers.get("Cache-Control") ?? "")?.[1];
  const age = Number(headers.get("Age") ?? 0);
  return maxAge === undefined
    ? now
    : now + Math.max(0, Number(maxAge) - (Number.isNaN(age) ? 0 : age)) * 1000;
}
