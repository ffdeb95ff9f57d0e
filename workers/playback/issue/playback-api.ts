/**
 * `POST /v1/playback {"title": slug or id}` gives a player its playback URL, and `POST /v1/playback/refresh
 * {"playback_url": …}` the next one. For viewers, without a key.
 */
import { Hono } from "hono";
import { z } from "zod";
import { limitByAddress } from "../../http/count-requests.ts";
import { originFor } from "../../http/own-origins.ts";
import { parseBody } from "../../http/parse-body.ts";
import { Problem, problemResponse } from "../../http/problem.ts";
import { mediaCors } from "../cors.ts";
import { parseLanguage } from "../policy/policy-document.ts";
import { embedderOf } from "../tokens/web-origin.ts";
import { viewerOf } from "../viewer.ts";
import { issuePlayback } from "./issue-playback.ts";
import { languagesIn, refreshPlayback, tokenIn } from "./refresh-playback.ts";

const language = z
  .string()
  .refine((text) => parseLanguage(text) !== null, "must be a BCP 47 language tag, for example en or pt-BR");

const wanted = z.object({
  title: z.string().min(1).max(200),
  max_height: z.int().min(1).max(10_000).exactOptional(),
  audio: language.exactOptional(),
  text: z.literal("off").or(language).exactOptional(),
});

const running = z.object({ playback_url: z.string().max(4000) });

/** Mounted at `/v1/playback`. Problems: those of `issuePlayback`, `refreshPlayback` and `parseBody`. */
export const playbackApi = new Hono<{ Bindings: Env }>();

playbackApi.onError(problemResponse);
playbackApi.use(mediaCors);
playbackApi.use(limitByAddress("playback"));

playbackApi.post("/", async (c) => {
  const { title, max_height, audio, text } = await parseBody(c, wanted);
  const request = c.req.raw;
  const viewer = {
    ...viewerOf(request, c.env),
    origin: originFor(request, c.env),
    embedder: () => embedderOf(request),
  };
  const limit = max_height === undefined ? {} : { maxHeight: max_height };
  const languages = new URLSearchParams({
    ...(audio === undefined ? {} : { audio }),
    ...(text === undefined ? {} : { text }),
  });
  const playback = await issuePlayback(c.env, viewer, { title, languages, ...limit }, Date.now());
  return c.json(playback, 200, { "Cache-Control": "no-store" });
});

playbackApi.post("/refresh", async (c) => {
  const { playback_url } = await parseBody(c, running);
  const token = tokenIn(playback_url);
  if (token === null) {
    throw new Problem(
      422,
      "invalid_playback_url",
      "`playback_url` must be the playback URL that is playing, or any address under it.",
    );
  }
  const { playback, readableBy } = await refreshPlayback(
    c.env,
    token,
    languagesIn(playback_url),
    c.req.raw,
    Date.now(),
  );
  if (readableBy !== null) c.set("readableBy", readableBy);
  return c.json(playback, 200, { "Cache-Control": "no-store" });
});

for (const [path, body] of [
  ["/", '{"title": "…"}'],
  ["/refresh", '{"playback_url": "…"}'],
] as const) {
  playbackApi.all(path, () => {
    throw new Problem(405, "method_not_allowed", `Ask for a playback URL by POST with ${body}.`, {
      headers: { Allow: "POST, OPTIONS" },
    });
  });
}
