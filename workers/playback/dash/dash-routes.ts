/** `/{token}/manifest.mpd`: the film for DASH players, of the same segments and under the same policy. Mounted inside the gateway. */
import { Hono } from "hono";
import { Problem } from "../../http/problem.ts";
import { deliverPresentation } from "../deliver-presentation.ts";
import { manifestPath } from "../origin-paths.ts";

/** MIME type of a manifest (ISO/IEC 23009-1, annex C). */
const manifestType = "application/dash+xml";

/** Problems: those of `deliverPresentation`, and 403 `dash_not_offered` for an encrypted title. */
export const dashRoutes = new Hono<{ Bindings: Env }>();

dashRoutes.get("/:token/manifest.mpd", (c) =>
  deliverPresentation(c, c.req.param("token"), {
    path: ({ document, policyClass }) => {
      // DASH has no whole-segment AES-128, and clear segments of an encrypted title are refused.
      if (document.encryption !== "none") {
        throw new Problem(
          403,
          "dash_not_offered",
          "This title is encrypted, which DASH players can't play. Play main.m3u8 at the same address instead.",
        );
      }
      return manifestPath(document.assetId, document.revision, policyClass);
    },
    contentType: manifestType,
  }),
);
