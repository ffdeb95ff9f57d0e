/** `/{token}/session.json`: a film's title, rating and storyboard for players. Mounted inside the gateway. */
import { Hono } from "hono";
import { type SessionData, sessionFile, storyboardPath } from "../hls/session-data.ts";
import { authorise } from "./authorise.ts";

/** Problems: those of `authorise`. */
export const sessionRoutes = new Hono<{ Bindings: Env }>();

sessionRoutes.get(`/:token/${sessionFile}`, async (c) => {
  const { film, decision } = await authorise(c, c.req.param("token"), Date.now());
  const [storyboard] = film.tracks.storyboards;
  const { rating } = decision.outcome;
  const data: SessionData = {
    title: film.title,
    slug: film.slug,
    duration: film.durationSeconds,
    storyboard: storyboard === undefined ? null : storyboardPath(storyboard),
    rating: rating === null ? null : { label: rating.label, minimum_age: rating.minimumAge },
  };
  return c.json(data, 200, { "Cache-Control": "no-store" });
});
