/** `/{token}/manifest.mpd`: the film for DASH players, of the same segments and under the same policy. Mounted inside the gateway. */
import { Hono } from "hono";
import { requireDash } from "../encryption/clear-media.ts";
import { manifestPath } from "../origin/origin-paths.ts";
import { deliverPresentation } from "./deliver-presentation.ts";

/** MIME type of a manifest (ISO/IEC 23009-1, annex C). */
const manifestType = "application/dash+xml";

/** Problems: those of `deliverPresentation` and `requireDash`. */
export const dashRoutes = new Hono<{ Bindings: Env }>();

dashRoutes.get("/:token/manifest.mpd", (c) =>
  deliverPresentation(c, c.req.param("token"), {
    path: ({ film, policyClass }) => {
      requireDash(film);
      return manifestPath(film.assetId, film.revision, policyClass);
    },
    contentType: manifestType,
  }),
);
