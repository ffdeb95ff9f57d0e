/** `/v1/assets`: a producer's assets, their progress and their renditions. */
import { type Context, Hono } from "hono";
import { readRenditions } from "../../catalog/archive/read-renditions.ts";
import { type ProducerEnv, requireProducer } from "../../http/authenticate.ts";
import { parseBody } from "../../http/parse-body.ts";
import { Problem, problemResponse } from "../../http/problem.ts";
import { retryAsset } from "../../pipeline/lifecycle/asset-lifecycle.ts";
import { reencodeAsset } from "../../pipeline/lifecycle/reencode-asset.ts";
import { recipe } from "../../pipeline/plan/recipe.ts";
import { writeCursor } from "../../shared/page-cursor.ts";
import { gone, isDeletedList, pageOf } from "../deleted-list.ts";
import { readPageQuery } from "../page-query.ts";
import type { AssetDetail, ChangedAssets } from "./asset-json.ts";
import { describeDeleted, findDeletedAsset, findDeletedAssets } from "./deleted-assets.ts";
import { describeRendition } from "./describe-asset.ts";
import { findAsset, findPlan, ladderOf } from "./find-assets.ts";
import { playbackUrlOf } from "./playback-url-of.ts";
import { readAsset, readAssets, readChangedAssets, requestContext } from "./read-assets.ts";
import { requireWorkRoom } from "./require-work-room.ts";
import { bringBackAsset, takeDownAsset } from "./take-down-asset.ts";

/** Mounted at `/v1/assets`. Other producers' assets do not exist here (404 `asset_not_found`). */
export const assetsApi = new Hono<ProducerEnv>();
assetsApi.onError(problemResponse);
assetsApi.use(requireProducer);

assetsApi.get("/", async (c) => {
  if (isDeletedList(c)) {
    const { after, limit } = readPageQuery(c);
    const options = { after, limit: limit + 1, now: Date.now() };
    const rows = await findDeletedAssets(c.env, c.var.producerId, options);
    const { shown, next } = pageOf(rows, limit);
    return c.json({ assets: shown.map((row) => describeDeleted(c.env, row)), next_cursor: next });
  }
  const since = c.req.query("since");
  if (since !== undefined) return c.json(await answerChanges(c, since));
  const page = await readAssets(c.env, requestContext(c), readPageQuery(c));
  return c.json({ assets: page.assets, next_cursor: page.next === null ? null : writeCursor(page.next) });
});

assetsApi.get("/:id", async (c) => {
  const asset = await readAsset(c.env, requestContext(c), c.req.param("id"));
  if (asset === undefined) throw notFound();
  const rows = await readRenditions(c.env, asset.id);
  const detail: AssetDetail = {
    ...asset,
    playback_url: asset.status === "ready" ? await playbackUrlOf(c.env, c.req.raw, asset.title_id) : null,
    renditions: rows.map(describeRendition),
    ladder: ladderOf(await findPlan(c.env, asset.id)),
  };
  return c.json(detail);
});

assetsApi.post("/:id/retry", async (c) => {
  const asset = await findAsset(c.env, c.var.producerId, c.req.param("id"));
  if (asset === undefined) throw notFound();
  await requireWorkRoom(c.env, c.var.producerId, Date.now());
  const { retried } = await retryAsset(c.env, asset.id, Date.now());
  if (!retried) {
    throw new Problem(
      409,
      "not_retryable",
      "Only an asset whose work failed can be retried. Its `error` says whether it did.",
    );
  }
  return c.json(await readAsset(c.env, requestContext(c), asset.id), 202);
});

assetsApi.post("/:id/encode", async (c) => {
  const asset = await findAsset(c.env, c.var.producerId, c.req.param("id"));
  if (asset === undefined) throw notFound();
  const chosen = await parseBody(c, recipe);
  await requireWorkRoom(c.env, c.var.producerId, Date.now());
  if (!(await reencodeAsset(c.env, asset.id, chosen, Date.now()))) {
    throw new Problem(
      409,
      "work_in_hand",
      "This asset is being processed, or was never inspected. Wait until its `progress` is complete.",
    );
  }
  return c.json(await readAsset(c.env, requestContext(c), asset.id), 202);
});

assetsApi.delete("/:id", async (c) => {
  const asset = await findAsset(c.env, c.var.producerId, c.req.param("id"));
  if (asset === undefined) throw notFound();
  await takeDownAsset(c.env, asset, c.var.producerId, Date.now());
  return c.body(null, 204);
});

assetsApi.post("/:id/undelete", async (c) => {
  const asset = await findDeletedAsset(c.env, c.var.producerId, c.req.param("id"));
  if (asset === undefined) {
    const detail =
      "You have no such deleted asset. `GET /v1/assets?deleted=true` lists those that can be taken back.";
    throw new Problem(404, "asset_not_found", detail);
  }
  if (!(await bringBackAsset(c.env, asset, Date.now()))) throw gone();
  return c.json(await readAsset(c.env, requestContext(c), asset.id));
});

/** Assets that one question may name. */
const maxIds = 100;

/** @throws Problem 400 `invalid_since`, `invalid_ids` */
async function answerChanges(c: Context<ProducerEnv>, text: string): Promise<ChangedAssets> {
  const since = Date.parse(text);
  if (Number.isNaN(since)) {
    throw new Problem(
      400,
      "invalid_since",
      "`since` is a time in ISO 8601, such as `as_of` of the answer before: 2027-03-01T12:00:00.000Z.",
    );
  }
  const ids = c.req.query("ids")?.split(",") ?? [];
  if (ids.length > maxIds || ids.some((id) => !/^ast_\w{1,40}$/.test(id))) {
    throw new Problem(400, "invalid_ids", `\`ids\` names up to ${maxIds} assets, with commas between them.`);
  }
  return await readChangedAssets(c.env, requestContext(c), { since, ids, limit: readPageQuery(c).limit });
}

function notFound(): Problem {
  return new Problem(404, "asset_not_found", "There is no such asset of yours. `GET /v1/assets` lists them.");
}
