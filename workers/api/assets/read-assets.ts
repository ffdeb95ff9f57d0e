/** A producer's assets with their progress, for the API and the studio's pages. */
import type { Context } from "hono";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { readEtas } from "../../pipeline/tasks/read-eta.ts";
import type { PageCursor } from "../../shared/page-cursor.ts";
import type { AssetSummary } from "./asset-json.ts";
import { assetProgress } from "./asset-progress.ts";
import { countWork } from "./count-work.ts";
import { summariseAsset } from "./describe-asset.ts";
import { type AssetRow, findAsset, findAssetOfTitle, findAssets } from "./find-assets.ts";

/** The producer behind a request, the origin that their links start with, and the time (Unix milliseconds). */
export interface RequestContext {
  producerId: string;
  origin: string;
  now: number;
}

/** The context of a request that `requireProducer` has let through. */
export function requestContext(c: Context<ProducerEnv>): RequestContext {
  return { producerId: c.var.producerId, origin: new URL(c.req.url).origin, now: Date.now() };
}

/** A page of the producer's assets, newest first, and where the next one starts (null at the end). */
export async function readAssets(
  env: Pick<Env, "DB" | "FLEET_SIZE">,
  context: RequestContext,
  options: { after: PageCursor | null; limit: number },
): Promise<{ assets: AssetSummary[]; next: PageCursor | null }> {
  const rows = await findAssets(env, context.producerId, { after: options.after, limit: options.limit + 1 });
  const shown = rows.slice(0, options.limit);
  const last = shown.at(-1);
  const next = rows.length > options.limit && last !== undefined ? last : null;
  return { assets: await withProgress(env, shown, context), next };
}

/** One of the producer's assets, or undefined. */
export async function readAsset(
  env: Pick<Env, "DB" | "FLEET_SIZE">,
  context: RequestContext,
  assetId: string,
): Promise<AssetSummary | undefined> {
  const row = await findAsset(env, context.producerId, assetId);
  return row === undefined ? undefined : (await withProgress(env, [row], context))[0];
}

/** The newest asset of one of the producer's titles, or undefined. */
export async function readAssetOfTitle(
  env: Pick<Env, "DB" | "FLEET_SIZE">,
  context: RequestContext,
  titleId: string,
): Promise<AssetSummary | undefined> {
  const row = await findAssetOfTitle(env, context.producerId, titleId);
  return row === undefined ? undefined : (await withProgress(env, [row], context))[0];
}

async function withProgress(
  env: Pick<Env, "DB" | "FLEET_SIZE">,
  rows: AssetRow[],
  context: RequestContext,
): Promise<AssetSummary[]> {
  const ids = rows.map((row) => row.id);
  const open = rows.filter((row) => row.work === "open").map((row) => row.id);
  const [work, etas] = await Promise.all([
    countWork(env, ids),
    open.length > 0 ? readEtas(env, open, context.now) : new Map<string, number>(),
  ]);
  return rows.map((row) => {
    const progress = assetProgress(row, work.get(row.id) ?? [], etas.get(row.id) ?? null);
    return summariseAsset(row, progress, context.origin);
  });
}
