/** `/` and `/?q=…`: the films that this viewer may watch, where they are. No database is read for a list. */
import { type Context, Hono } from "hono";
import { Problem } from "../../http/problem.ts";
import { findFilms } from "../../playback/search/find-films.ts";
import { hitsPerPage } from "../../playback/search/search-films.ts";
import { maySearch } from "../../playback/search/search-limit.ts";
import { isSearchable, searchWords } from "../../playback/search/search-terms.ts";
import { listFilms } from "../../playback/shelf/list-films.ts";
import { viewerOf } from "../../playback/viewer.ts";
import { cutCharacters } from "../../shared/characters.ts";
import { sendPage } from "../layout/send-page.ts";
import { type HomeContent, HomePage, type SearchNotice } from "./home-page.tsx";

/** Films a page: fills rows of 2, 3, 5 and 6. */
const filmsPerPage = 30;

/** Longest search that is looked at, characters; the rest is ignored. */
const maxSearchCharacters = 200;

type HomeContext = Context<{ Bindings: Env }>;

/** Statuses of pages that show the newest films instead of hits. */
const noticeStatus = { too_short: 200, search_unavailable: 503, too_many_searches: 429 } as const;

/** Mounted at `/`. */
export const homeRoutes = new Hono<{ Bindings: Env }>();

/** `?q` searches, `?after` or `?page` go on. Bad parameters are the first page, never an error. */
homeRoutes.get("/", async (c) => {
  const query = c.req.query("q");
  const now = Date.now();
  if (query === undefined) {
    return sendPage(c, <HomePage {...(await newest(c, c.req.query("after") ?? "", now))} />);
  }
  const search = cutCharacters(query.trim(), maxSearchCharacters);
  const words = searchWords(search);
  if (!isSearchable(words)) return await sendNotice(c, search, "too_short", now);
  if (!maySearch(c.req.header("CF-Connecting-IP") ?? null, now)) {
    c.header("Retry-After", "10");
    return await sendNotice(c, search, "too_many_searches", now);
  }
  try {
    return await sendPage(c, <HomePage {...(await found(c, { search, words }, now))} />);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return await sendNotice(c, search, "search_unavailable", now);
  }
});

async function sendNotice(
  c: HomeContext,
  search: string,
  notice: SearchNotice,
  now: number,
): Promise<Response> {
  const content = await newest(c, "", now);
  return await sendPage(c, <HomePage {...content} search={search} notice={notice} />, noticeStatus[notice]);
}

/** The newest films after a cursor; the first page has one more, on top. */
async function newest(c: HomeContext, cursor: string, now: number): Promise<HomeContent> {
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

async function found(
  c: HomeContext,
  { search, words }: { search: string; words: string[] },
  now: number,
): Promise<HomeContent> {
  const pageNumber = c.req.query("page") ?? "";
  const page = /^[1-9]\d{0,3}$/.test(pageNumber) ? Number(pageNumber) : 1;
  const viewer = viewerOf(c.req.raw, c.env);
  const { films, hits, hasMore } = await findFilms(
    c.executionCtx.exports.Origin,
    viewer,
    { words, page },
    now,
  );
  const link = (number: number) => `/?${new URLSearchParams({ q: search, page: String(number) })}`;
  return {
    search,
    notice: null,
    featured: null,
    films,
    hits: { counted: hits, hasMore },
    hasFilms: true,
    newerLink: page === 1 ? null : link(1),
    olderLink: hits > page * hitsPerPage ? link(page + 1) : null,
  };
}
