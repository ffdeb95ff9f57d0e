/** Posters, for everyone: `/{assetId}/{renditionKey}/poster-640.jpg`. Mounted at `/images`. */
import { Hono } from "hono";
import { limitByAddress } from "../../http/count-requests.ts";
import { Problem, problemResponse } from "../../http/problem.ts";
import { mediaCors } from "../cors.ts";
import { deliverMedia } from "../delivery/deliver-media.ts";
import { mediaFile } from "../delivery/media-file.ts";
import { readPlayableTitle } from "../policy/playable-title.ts";

/** Serves only published renditions of kind `image`, of assets that are not deleted. */
export const images = new Hono<{ Bindings: Env }>();

images.onError(problemResponse);
images.use(mediaCors);
images.use(limitByAddress("images"));

images.get("/:asset/:rendition/:file", async (c) => {
  const { asset, rendition, file: name } = c.req.param();
  const file = mediaFile(name, "image");
  if (file === null || !/^ast_[0-9a-z]{1,64}$/.test(asset)) throw noSuchImage();
  const film = await readPlayableTitle(asset, Date.now());
  if (film?.renditions.get(rendition) !== "image") throw noSuchImage();
  const { contentType } = file;
  // A day, not for ever: the poster of a title that was taken down must leave browsers too.
  const cacheControl = "public, max-age=86400";
  const delivery = { contentType, cacheControl, compressible: false, policyClass: null };
  return await deliverMedia(c, `/m/${asset}/${rendition}/${name}`, delivery);
});

images.all("*", () => {
  throw noSuchImage();
});

function noSuchImage(): Problem {
  return new Problem(404, "not_found", "There is no such image. Take its address from the title's data.");
}
