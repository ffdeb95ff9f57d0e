/** `/` and `/?q=…`: the films that this viewer may watch, where they are. No database is read for a list. */
import { Hono } from "hono";
import { sendPage } from "../layout/send-page.ts";
import { HomePage } from "./home-page.tsx";
import { newestFilms } from "./newest-films.ts";
import { sendSearch } from "./send-search.tsx";

/** Mounted at `/`. */
export const homeRoutes = new Hono<{ Bindings: Env }>();

/** `?q` searches, `?after` or `?page` go on. Bad parameters are the first page, never an error. */
homeRoutes.get("/", async (c) => {
  const now = Date.now();
  const query = c.req.query("q");
  if (query !== undefined) return await sendSearch(c, query, now);
  const content = await newestFilms(c, c.req.query("after") ?? "", now);
  return await sendPage(c, <HomePage {...content} />);
});
