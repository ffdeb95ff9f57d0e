import type { Context } from "hono";
import { listFilms } from "../../playback/shelf/list-films.ts";
import { viewerOf } from "../../playback/viewer.ts";
import type { HomeContent } from "./home-page.tsx";

/** Films a page: fills rows of 2, 3, 5 and 6. */
const filmsPerPage = 30;

/**
 * The newest films after a cursor (of `FilmPage`), for the sender of a request at `now` (Unix milliseconds); the first page has
 * one more, on top. @throws Problem 503 `origin_unavailable`
 */
export async function newestFilms(
  c: Context<{ Bindings: Env }>,
  cursor: string,
  now: number,
): Promise<HomeContent> {
  const viewer = viewerOf(c.req.raw, c.env);
  const { exports } = c.executionCtx;
  const page = await listFilms(exports.Origin, viewer, { cursor, limit: filmsPerPage, more: 1 }, now);
  return {
    search: "",
    notice: null,
    featured: page.isFirst ? (page.films[0] ?? null) : null,
    films: page.isFirst ? page.films.slice(1) : page.films,
    hits: null,
    hasFilms: page.hasFilms,
    newerLink: page.isFirst ? null : "/",
    olderLink: page.next === null ? null : `/?after=${page.next}`,
  };
}
