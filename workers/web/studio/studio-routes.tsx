/** `/studio`: a producer's films. Forms work without client code; the islands ask the JSON API instead. */
import { Hono } from "hono";
import { findAsset } from "../../api/assets/find-assets.ts";
import { readAsset, readAssets, requestContext } from "../../api/assets/read-assets.ts";
import { takeDownAsset } from "../../api/assets/take-down-asset.ts";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { Problem } from "../../http/problem.ts";
import { retryAsset } from "../../pipeline/lifecycle/asset-lifecycle.ts";
import { readCursor, writeCursor } from "../../shared/page-cursor.ts";
import { sendPage } from "../layout/send-page.ts";
import { AssetCard } from "./asset-card.tsx";
import { requireSignIn } from "./require-sign-in.tsx";
import { StudioPage } from "./studio-page.tsx";

/** Films a page. */
const assetsPerPage = 50;

/** Mounted at `/studio`. */
export const studioRoutes = new Hono<ProducerEnv>();
studioRoutes.use(requireSignIn);

studioRoutes.get("/", async (c) => {
  const after = readCursor(c.req.query("cursor") ?? "");
  const asking = requestContext(c);
  const page = await readAssets(c.env, asking, { after, limit: assetsPerPage });
  const cursor = after === null ? "" : writeCursor(after);
  const olderLink =
    page.next === null ? null : `/studio?cursor=${encodeURIComponent(writeCursor(page.next))}`;
  return sendPage(
    c,
    <StudioPage assets={page.assets} cursor={cursor} olderLink={olderLink} now={asking.now} />,
  );
});

/** One card as HTML, for the island to put where the film's status has changed. */
studioRoutes.get("/assets/:id", async (c) => {
  const asking = requestContext(c);
  const asset = await readAsset(c.env, asking, c.req.param("id"));
  if (asset === undefined) throw notFound();
  c.header("Cache-Control", "no-store");
  return c.html(
    (<AssetCard asset={asset} now={asking.now} alone={c.req.query("alone") !== undefined} />).toString(),
  );
});

studioRoutes.post("/assets/:id/retry", async (c) => {
  const asset = await findAsset(c.env, c.var.producerId, c.req.param("id"));
  if (asset === undefined) throw notFound();
  const { retried } = await retryAsset(c.env, asset.id, Date.now());
  if (!retried) {
    throw new Problem(409, "not_retryable", "Only a film whose preparation failed can be tried again.");
  }
  return c.redirect("/studio", 303);
});

studioRoutes.post("/assets/:id/delete", async (c) => {
  const asset = await findAsset(c.env, c.var.producerId, c.req.param("id"));
  if (asset === undefined) throw notFound();
  await takeDownAsset(c.env, asset, c.var.producerId, Date.now());
  return c.redirect("/studio", 303);
});

function notFound(): Problem {
  return new Problem(404, "asset_not_found", "There is no such film of yours. The studio lists them all.");
}
