/** `POST /v1/playback {"title": slug or id}`: where a player gets its playback URL. For viewers: no key. */
import { Hono } from "hono";
import { z } from "zod";
import { parseBody } from "../http/parse-body.ts";
import { Problem, problemResponse } from "../http/problem.ts";
import { viewerOf } from "./country.ts";
import { issuePlayback } from "./issue-playback.ts";
import { openToPlayers } from "./open-to-players.ts";

const wanted = z.object({ title: z.string().min(1).max(200) });

/** Mounted at `/v1/playback`. Problems: those of `issuePlayback` and `parseBody`. */
export const playbackApi = new Hono<{ Bindings: Env }>();

playbackApi.onError(problemResponse);
playbackApi.use(openToPlayers);

playbackApi.post("/", async (c) => {
  const { title } = await parseBody(c, wanted);
  const viewer = { ...viewerOf(c.req.raw, c.env), origin: new URL(c.req.url).origin };
  const playback = await issuePlayback(c.env, viewer, { title }, Date.now());
  return c.json(playback, 200, { "Cache-Control": "no-store" });
});

playbackApi.all("/", () => {
  throw new Problem(405, "method_not_allowed", 'Ask for a playback URL by POST with {"title": "…"}.', {
    headers: { Allow: "POST, OPTIONS" },
  });
});
