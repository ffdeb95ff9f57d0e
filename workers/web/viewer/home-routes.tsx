/** `/` and `/?q=…`: the films that this viewer may watch, in their country. */
import { Hono } from "hono";
import { browseTitles } from "../../catalog/browse-titles.ts";
import type { PublishedTitle } from "../../catalog/published-title.ts";
import { searchTitles } from "../../catalog/search-titles.ts";
import { visibilityFilter } from "../../playback/policy/read-title-rules.ts";
import { viewerOf } from "../../playback/viewer.ts";
import { readCursor, writeCursor } from "../../shared/page-cursor.ts";
import { sendPage } from "../layout/send-page.ts";
import { type HomeContent, HomePage } from "./home-page.tsx";

/** Films a page: fills rows of 2, 3, 5 and 6. */
const filmsPerPage = 30;

/** Longest search that is looked at, characters; the rest is ignored. */
const maxSearchCharacters = 200;

/** Mounted at `/`. */
export const homeRoutes = new Hono<{ Bindings: Env }>();

/** `?q` searches, `?after` or `?page` go on. Bad parameters are the first page, never an error. */
homeRoutes.get("/", async (c) => {
  const mayShow = await visibilityFilter(viewerOf(c.req.raw, c.env), Date.now());
  const search = (c.req.query("q") ?? "").trim().slice(0, maxSearchCharacters);
  const content =
    search === ""
      ? await newest(c.env, c.req.query("after") ?? "", mayShow)
      : await found(c.env, search, c.req.query("page") ?? "", mayShow);
  return sendPage(c, <HomePage {...content} />);
});

async function newest(
  env: Env,
  cursor: string,
  mayShow: (title: PublishedTitle) => boolean,
): Promise<HomeContent> {
  const after = readCursor(cursor);
  const first = after === null;
  const page = await browseTitles(env, { after, limit: first ? filmsPerPage + 1 : filmsPerPage, mayShow });
  return {
    search: "",
    featured: first ? (page.titles[0] ?? null) : null,
    films: first ? page.titles.slice(1) : page.titles,
    hits: null,
    newerLink: first ? null : "/",
    olderLink: page.next === null ? null : `/?after=${encodeURIComponent(writeCursor(page.next))}`,
  };
}

async function found(
  env: Env,
  search: string,
  pageNumber: string,
  mayShow: (title: PublishedTitle) => boolean,
): Promise<HomeContent> {
  const page = /^[1-9]\d{0,3}$/.test(pageNumber) ? Number(pageNumber) : 1;
  const hits = await searchTitles(env, search, mayShow);
  const link = (number: number) => `/?${new URLSearchParams({ q: search, page: String(number) })}`;
  return {
    search,
    featured: null,
    films: hits.slice((page - 1) * filmsPerPage, page * filmsPerPage),
    hits: hits.length,
    newerLink: page === 1 ? null : link(1),
    olderLink: hits.length > page * filmsPerPage ? link(page + 1) : null,
  };
}
