/** Posters: `/{assetId}/{renditionKey}/poster-640.jpg`, for whom the title's rules let watch. Mounted at `/images`. */
import { type Context, Hono } from "hono";
import { limitByAddress } from "../../http/count-requests.ts";
import { findBySession } from "../../http/find-sign-in.ts";
import { Problem, problemResponse } from "../../http/problem.ts";
import { readSessionCookie } from "../../http/session-cookie.ts";
import { mediaCors } from "../cors.ts";
import { posterForViewer, publicPoster, refusalForViewer } from "../delivery/cache-lifetimes.ts";
import { deliverMedia } from "../delivery/deliver-media.ts";
import { mediaFile } from "../delivery/media-file.ts";
import { decideRules } from "../policy/decide-rules.ts";
import { type PlayableTitle, readPlayableTitle } from "../policy/playable-title.ts";
import { refusalProblem } from "../policy/refusals.ts";
import { viewerOf } from "../viewer.ts";

type ImageContext = Context<{ Bindings: Env }>;

/** Serves only published renditions of kind `image`, of assets that are not deleted. */
export const images = new Hono<{ Bindings: Env }>();

images.onError(problemResponse);
images.use(mediaCors);
images.use(limitByAddress("images"));

images.get("/:asset/:rendition/:file", async (c) => {
  const { asset, rendition, file: name } = c.req.param();
  const file = mediaFile(name, "image");
  if (file === null || !/^ast_[0-9a-z]{1,64}$/.test(asset)) throw noSuchImage();
  const now = Date.now();
  const film = await readPlayableTitle(asset, now);
  if (film?.renditions.get(rendition) !== "image") throw noSuchImage();
  const cacheControl = await authorisePoster(c, film, now);
  const delivery = { contentType: file.contentType, cacheControl, compressible: false, policyClass: null };
  return await deliverMedia(c, `/m/${asset}/${rendition}/${name}`, delivery);
});

images.all("*", () => {
  throw noSuchImage();
});

/**
 * Authorises a look at a film's poster at `now` (Unix milliseconds), by the rules that lists ask too: so a page never shows a film
 * whose poster it can't. (A viewer for whom no quality is left gets no film, but nothing against its picture.)
 * @returns its `Cache-Control` @throws Problem those of `refusals`
 */
async function authorisePoster(c: ImageContext, film: PlayableTitle, now: number): Promise<string> {
  if (film.posterAccess === "public") return publicPoster;
  const decision = decideRules(film.policy, viewerOf(c.req.raw, c.env), now);
  if (decision.allowed) return posterForViewer(decision.changesAt, now);
  if (await isOwners(c, film, now)) return "no-store";
  throw refusalProblem(decision, { "Cache-Control": refusalForViewer(decision.changesAt, now) });
}

/** Checks whether the film's own producer asks, from the studio, which shows them what is closed to viewers. */
async function isOwners(c: ImageContext, film: PlayableTitle, now: number): Promise<boolean> {
  const token = readSessionCookie(c);
  if (token === undefined) return false;
  return (await findBySession(c.env, token, now))?.producerId === film.producerId;
}

function noSuchImage(): Problem {
  return new Problem(404, "not_found", "There is no such image. Take its address from the title's data.");
}
