/** Lists of films for a viewer, from the cached origin: no page reads a database. */
import { fetchOrigin } from "../delivery/fetch-origin.ts";
import type { PolicyViewer } from "../viewer.ts";
import { filmList, listHead } from "./answer-shelf.ts";
import type { FilmCard, ShelvedFilm } from "./shelf-objects.ts";
import { viewerClassOf } from "./viewer-class.ts";

/** Longest that an isolate goes on with a head before it asks for a newer one, ms. */
const askAfterMs = 10_000;

/** Longest that it goes on when no newer one is to be had, ms. */
const graceMs = 600_000;

/** A page's films, highest position first; `next`: the cursor of the next page, null at the end. */
export interface FilmPage {
  films: FilmCard[];
  next: string | null;
  /** Begins at the newest film. */
  isFirst: boolean;
  /** There are films, though perhaps none for this viewer. */
  hasFilms: boolean;
}

/** The end of the shelf, as this isolate knows it. */
export interface KnownHead {
  top: number;
  edition: number;
  networks: ReadonlySet<number>;
}

let held: { head: KnownHead; readAt: number; askedAt: number } | undefined;

/** Drops what this isolate knows of the shelf's end, as an isolate that begins knows nothing. */
export function forgetShelfHead(): void {
  held = undefined;
}

/**
 * The shelf's end at `now` (Unix milliseconds), 15 s old at most while the origin answers. While one request asks for a newer
 * one, the others go on with the held one.
 *
 * @throws Problem 503 `origin_unavailable`
 */
export async function knownHead(origin: Pick<Fetcher, "fetch">, now: number): Promise<KnownHead> {
  if (held !== undefined && now - held.askedAt < askAfterMs && now >= held.askedAt) return held.head;
  const before = held;
  if (before !== undefined) before.askedAt = now;
  try {
    const response = await fetchOrigin(origin, "/shelf/head", {
      method: "GET",
      range: null,
      changesAt: null,
    });
    const { top, edition, networks } = listHead.parse(await response.json());
    // An older copy of the head, from another place's cache, is no news.
    const isOlder = before !== undefined && (edition < before.head.edition || top < before.head.top);
    const head =
      isOlder && now - before.readAt < graceMs
        ? before.head
        : { top, edition, networks: new Set(Object.values(networks).flat()) };
    held = { head, readAt: isOlder ? before.readAt : now, askedAt: now };
    return head;
  } catch (error) {
    if (before === undefined || now - before.readAt > graceMs) throw error;
    console.error("going on with an old head of the shelf", error);
    return before.head;
  }
}

/**
 * A page of `limit` films that `viewer` may watch at `now` (Unix milliseconds), after a cursor; one that is not ours counts as
 * none. The first page has `more` on top of its limit; 31 at most in all.
 *
 * @throws Problem 503 `origin_unavailable`
 */
export async function listFilms(
  origin: Pick<Fetcher, "fetch">,
  viewer: PolicyViewer,
  { cursor, limit, more = 0 }: { cursor: string; limit: number; more?: number },
  now: number,
): Promise<FilmPage> {
  const { top, edition, networks } = await knownHead(origin, now);
  const after = readShelfCursor(cursor);
  const isFirst = after === null || after >= top;
  const path = `/shelf/${edition}/${viewerClassOf(viewer, networks)}/${isFirst ? top : after}`;
  const response = await fetchOrigin(origin, path, { method: "GET", range: null, changesAt: null });
  const list = filmList.parse(await response.json());
  const films = list.films.slice(0, isFirst ? limit + more : limit);
  const next = list.films.length > films.length ? cutAfter(films) : list.next;
  return { films, next: next === null ? null : writeShelfCursor(next), isFirst, hasFilms: top > 0 };
}

function cutAfter(films: ShelvedFilm[]): number | null {
  return films.at(-1)?.position ?? null;
}

/** Reads a cursor of {@link FilmPage}: the position after which a page begins; null when it is none. */
export function readShelfCursor(text: string): number | null {
  const [, position] = /^s([0-9a-z]{1,7})$/.exec(text) ?? [];
  return position === undefined ? null : Number.parseInt(position, 36);
}

/** The cursor of a position; positions are kept for ever, so a cursor stays good when films come. */
export function writeShelfCursor(position: number): string {
  return `s${position.toString(36)}`;
}
