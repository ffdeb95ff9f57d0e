/** `/studio`: a producer's films. Forms work without client code; the islands ask the JSON API instead. */
import { Hono } from "hono";
import { describeAccount } from "../../api/account/describe-account.ts";
import { findDeletedAsset, findDeletedAssets } from "../../api/assets/deleted-assets.ts";
import { findAsset } from "../../api/assets/find-assets.ts";
import { readAsset, readAssets, requestContext } from "../../api/assets/read-assets.ts";
import { requireWorkRoom } from "../../api/assets/require-work-room.ts";
import { bringBackAsset, takeDownAsset } from "../../api/assets/take-down-asset.ts";
import { gone, pageOf } from "../../api/deleted-list.ts";
import { alarmsForOperator } from "../../api/ops/alarms-for-operator.ts";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { Problem } from "../../http/problem.ts";
import { retryAsset } from "../../pipeline/lifecycle/asset-lifecycle.ts";
import { deletionGraceMs } from "../../safety/deletion-grace.ts";
import { readCursor, writeCursor } from "../../shared/page-cursor.ts";
import { sendPage } from "../layout/send-page.ts";
import { AccountPage } from "./account-page.tsx";
import { AssetCard } from "./asset-card.tsx";
import { DeletedPage } from "./deleted-page.tsx";
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
  const deletedId = c.req.query("deleted");
  const deleted =
    deletedId === undefined ? undefined : await findDeletedAsset(c.env, c.var.producerId, deletedId);
  return sendPage(
    c,
    <StudioPage
      assets={page.assets}
      deleted={deleted ?? null}
      alarms={await alarmsForOperator(c.env, c.var.producerId)}
      cursor={cursor}
      olderLink={olderLink}
      now={asking.now}
    />,
  );
});

studioRoutes.get("/deleted", async (c) => {
  const now = Date.now();
  const options = { after: readCursor(c.req.query("cursor") ?? ""), limit: assetsPerPage + 1, now };
  const { shown, next } = pageOf(await findDeletedAssets(c.env, c.var.producerId, options), assetsPerPage);
  const olderLink = next === null ? null : `/studio/deleted?cursor=${encodeURIComponent(next)}`;
  const graceMs = deletionGraceMs(c.env);
  return sendPage(c, <DeletedPage films={shown} olderLink={olderLink} graceMs={graceMs} now={now} />);
});

studioRoutes.get("/account", async (c) => {
  const account = await describeAccount(c.env, c.var.producerId, Date.now());
  if (account === null) throw new Problem(404, "account_not_found", "This account is gone. Sign in again.");
  return sendPage(c, <AccountPage account={account} />);
});

studioRoutes.post("/assets/:id/undelete", async (c) => {
  const asset = await findDeletedAsset(c.env, c.var.producerId, c.req.param("id"));
  if (asset === undefined) throw notFound();
  if (!(await bringBackAsset(c.env, asset, Date.now()))) throw gone();
  return c.redirect(`/studio#${asset.id}`, 303);
});

/** One card as HTML, for the island to put where the film's status has changed. */
studioRoutes.get("/assets/:id", async (c) => {
  const asking = requestContext(c);
  const asset = await readAsset(c.env, asking, c.req.param("id"));
  if (asset === undefined) throw notFound();
  return c.html(
    (<AssetCard asset={asset} now={asking.now} alone={c.req.query("alone") !== undefined} />).toString(),
  );
});

studioRoutes.post("/assets/:id/retry", async (c) => {
  const asset = await findAsset(c.env, c.var.producerId, c.req.param("id"));
  if (asset === undefined) throw notFound();
  await requireWorkRoom(c.env, c.var.producerId, Date.now());
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
  return c.redirect(`/studio?deleted=${asset.id}`, 303);
});

function notFound(): Problem {
  return new Problem(404, "asset_not_found", "There is no such film of yours. The studio lists them all.");
}
