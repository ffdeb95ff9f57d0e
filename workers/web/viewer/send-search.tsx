/** The hits of a search on the home page; where there can be none, the newest films with a word about the reason. */
import type { Context } from "hono";
import { Problem } from "../../http/problem.ts";
import { findFilms } from "../../playback/search/find-films.ts";
import { hitsPerPage } from "../../playback/search/search-films.ts";
import { maySearch } from "../../playback/search/search-limit.ts";
import { isSearchable, searchWords } from "../../playback/search/search-terms.ts";
import { viewerOf } from "../../playback/viewer.ts";
import { cutCharacters } from "../../shared/characters.ts";
import { sendPage } from "../layout/send-page.ts";
import { type HomeContent, HomePage, type SearchNotice } from "./home-page.tsx";
import { newestFilms } from "./newest-films.ts";

/** Longest search that is looked at, characters; the rest is ignored. */
const maxSearchCharacters = 200;

type HomeContext = Context<{ Bindings: Env }>;

/** Statuses of pages that show the newest films instead of hits. */
const noticeStatus = { too_short: 200, search_unavailable: 503, too_many_searches: 429 } as const;

/** Answers a search for `query` at `now` (Unix milliseconds); `?page` is the page of its hits. */
export async function sendSearch(c: HomeContext, query: string, now: number): Promise<Response> {
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
}

async function sendNotice(
  c: HomeContext,
  search: string,
  notice: SearchNotice,
  now: number,
): Promise<Response> {
  const content = await newestFilms(c, "", now);
  return await sendPage(c, <HomePage {...content} search={search} notice={notice} />, noticeStatus[notice]);
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
