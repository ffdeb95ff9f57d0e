/** A producer's assets with their progress, for the API and the studio's pages. */
import type { Context } from "hono";
import type { ProducerEnv } from "../../http/authenticate.ts";
import { originFor } from "../../http/own-origins.ts";
import { estimateEtas } from "../../pipeline/tasks/read-eta.ts";
import {
  addUpTasks,
  findRunning,
  hasRunning,
  type TaskSums,
  taskSums,
} from "../../pipeline/tasks/task-sums.ts";
import type { PageCursor } from "../../shared/page-cursor.ts";
import type { AssetSummary, ChangedAssets } from "./asset-json.ts";
import { assetProgress } from "./asset-progress.ts";
import { countWork } from "./count-work.ts";
import { summariseAsset } from "./describe-asset.ts";
import { type AssetRow, findAsset, findAssetOfTitle, findAssets, findChangedAssets } from "./find-assets.ts";

/** The producer behind a request, the origin that their links start with, and the time (Unix milliseconds). */
export interface RequestContext {
  producerId: string;
  origin: string;
  now: number;
}

/** The context of a request that `requireProducer` has let through. */
export function requestContext(c: Context<ProducerEnv>): RequestContext {
  return { producerId: c.var.producerId, origin: originFor(c.req.raw, c.env), now: Date.now() };
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

/** A write's own time may lie this far before its commit, milliseconds. */
const overlapMs = 30_000;

/** See {@link ChangedAssets}. Those of `ids` are told of in any case, because progress moves without a change. */
export async function readChangedAssets(
  env: Pick<Env, "DB" | "FLEET_SIZE">,
  context: RequestContext,
  options: { since: number; ids: string[]; limit: number },
): Promise<ChangedAssets> {
  const { changed, asked, deleted } = await findChangedAssets(env, context.producerId, options);
  const rows = new Map([...changed, ...asked].map((row) => [row.id, row]));
  return {
    assets: await withProgress(env, [...rows.values()], context),
    deleted: [...new Set([...deleted, ...options.ids.filter((id) => !rows.has(id))])],
    as_of: new Date(context.now - overlapMs).toISOString(),
    is_cut: changed.length === options.limit || deleted.length === options.limit,
  };
}

async function withProgress(
  env: Pick<Env, "DB" | "FLEET_SIZE">,
  rows: AssetRow[],
  context: RequestContext,
): Promise<AssetSummary[]> {
  const unknown = rows.filter((row) => row.taskSums === null).map(({ id }) => id);
  const added = await addUpTasks(env, unknown);
  const sums = new Map<string, TaskSums>();
  for (const row of rows) {
    const own = row.taskSums === null ? added.get(row.id) : taskSums.parse(row.taskSums);
    // Somebody else added them up between our two looks: as good as none for this once.
    sums.set(row.id, own ?? { kinds: {}, paces: [], stage: -1 });
  }
  const open = new Map([...sums].filter(([id]) => rows.find((row) => row.id === id)?.work === "open"));
  const busy = [...open].filter(([, one]) => hasRunning(one)).map(([id]) => id);
  const running = await findRunning(env, busy);
  const etas = await estimateEtas(env, open, running, context.now);
  return rows.map((row) => {
    const own = running.filter(({ assetId }) => assetId === row.id);
    const work = countWork(sums.get(row.id) ?? { kinds: {}, paces: [], stage: -1 }, own);
    return summariseAsset(row, assetProgress(row, work, etas.get(row.id) ?? null), context.origin);
  });
}
