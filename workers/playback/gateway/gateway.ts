/**
 * The gateway: every playlist and every byte of media goes through it, with the playback token in its path. For each request
 * it verifies the token (no I/O), finds the country, applies the title's rules, and checks that the rendition belongs to this
 * token's asset; only then it fetches from the cached origin, which depends on none of these. Mounted at `/v`.
 */
import { Hono } from "hono";
import { notAllowed } from "../../http/allowed-methods.ts";
import { problemOf, problemResponse } from "../../http/problem.ts";
import { mediaCors } from "../cors.ts";
import { mediaForViewer } from "../delivery/cache-lifetimes.ts";
import { deliverMedia } from "../delivery/deliver-media.ts";
import { recordRefusal } from "../delivery/delivery-metrics.ts";
import { multivariantPath, renditionPath } from "../origin/origin-paths.ts";
import { authorise, authoriseFile, noSuchPath } from "./authorise.ts";
import { chooseVariant } from "./choose-variant.ts";
import { dashRoutes } from "./dash-routes.ts";
import { deliverPresentation } from "./deliver-presentation.ts";
import { encryptedRoutes } from "./encrypted-routes.ts";
import { sessionRoutes } from "./session-routes.ts";
import { steeringRoutes } from "./steering-routes.ts";

/** Routes `/{token}/main.m3u8` and `/{token}/{renditionKey}/{file}`. Refusals are problem+json. */
export const gateway = new Hono<{ Bindings: Env }>();

gateway.onError((error, c) => {
  recordRefusal(c.env, c.req.raw, problemOf(error).code, Math.random());
  return problemResponse(error, c);
});
gateway.use(mediaCors);

gateway.get("/:token/main.m3u8", (c) =>
  deliverPresentation(c, c.req.param("token"), {
    path: async (grant) => {
      const { film, policyClass } = grant;
      const variant = await chooseVariant(c.env, grant, Date.now());
      return multivariantPath(film.assetId, film.revision, policyClass, variant);
    },
    contentType: "application/vnd.apple.mpegurl",
  }),
);
gateway.route("/", dashRoutes);
gateway.route("/", sessionRoutes);
gateway.route("/", steeringRoutes);
gateway.route("/", encryptedRoutes);

gateway.get("/:token/:rendition/:file", async (c) => {
  const now = Date.now();
  const { rendition, file: name } = c.req.param();
  const grant = await authorise(c, c.req.param("token"), now);
  const { film, policyClass, secondsLeft, changesAt, trace } = grant;
  const file = await authoriseFile(grant, rendition, name, now);
  const cacheControl = mediaForViewer(secondsLeft, changesAt, now);
  const path = renditionPath(film.assetId, film.revision, rendition, name);
  const { contentType, isText: compressible } = file;
  const delivery = { contentType, cacheControl, compressible, policyClass, changesAt, trace };
  return await deliverMedia(c, path, delivery);
});

gateway.all("*", (c) => {
  if (c.req.method === "GET" || c.req.method === "HEAD") throw noSuchPath();
  throw notAllowed(["GET", "HEAD", "OPTIONS"]);
});
