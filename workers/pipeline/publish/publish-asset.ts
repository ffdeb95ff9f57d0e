/**
 * Publishing: the transcoders' reports are compared with the objects that R2 really holds, the playlists are written
 * and read back, and then one conditional write makes the asset playable, and brings it to the edge. Nothing that a
 * viewer can see changes before it.
 */
import { and, eq, isNull, ne, type SQL, sql } from "drizzle-orm";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { assets, renditions, titles } from "../../catalog/schema.ts";
import { publishChanges } from "../../publisher/publish-changes.ts";
import { type ExpectedTrack, expectedTracks, type PublishScope } from "../plan/expected-tracks.ts";
import { type Plan, parsePlan } from "../plan/plan.ts";
import { type Ledger, type LedgerFault, makeLedger } from "../storage/ledger.ts";
import { listObjects } from "../storage/list-objects.ts";
import { renditionPrefix } from "../storage/media-keys.ts";
import { loadReports } from "../storage/reports.ts";
import { dispatchTasks } from "../tasks/dispatch.ts";
import { forgetReports, requeueTasks } from "../tasks/requeue-tasks.ts";
import { type MeasuredRendition, sharedTarget, writeRendition } from "./write-rendition.ts";

/** Time for which a retired rendition stays, milliseconds: longer than a viewer who began with it watches or pauses. */
export const retiredForMs = 7 * 86_400_000;

/**
 * Publishes the asset when all that is due is whole; else sends the rest back to be made again. Safe to repeat.
 * @param scope the extent; each is published once, and `whole` ends the asset's work.
 */
export async function publishAsset(
  env: Env,
  assetId: string,
  scope: PublishScope,
  now: number,
): Promise<void> {
  const db = openDatabase(env);
  const asset = await db.select().from(assets).where(eq(assets.id, assetId)).get();
  if (asset === undefined || asset.work !== "open" || asset.deletedAt !== null || asset.plan === null) return;
  const plan = parsePlan(asset.plan);
  const leader = { passthrough: plan.passthrough.key, first: plan.first.key, whole: null }[scope];
  if (scope !== "whole" && (leader === null || !(await isPreparing(db, assetId, leader)))) return;

  const ledgers: Ledger[] = [];
  const skipped: string[] = [];
  for (const track of expectedTracks(plan, scope)) {
    const folder = renditionPrefix(assetId, track.key);
    const reports = await loadReports(env, assetId, track.key, track.reports);
    if (track.isOptional && reports.every((report) => report === null)) {
      if (track.key === leader) return;
      skipped.push(track.key);
      continue;
    }
    const { ledger, faults } = makeLedger(track.key, reports, await listObjects(env, folder), track.expected);
    if (ledger === null) return await makeAgain(env, db, assetId, track, faults, now);
    ledgers.push(ledger);
  }
  const target = sharedTarget(ledgers);
  const measured: MeasuredRendition[] = [];
  for (const ledger of ledgers) measured.push(await writeRendition(env, assetId, ledger, target));
  await flip(db, asset, plan, scope, { measured, skipped }, now);
  await publishChanges(env, now);
}

async function isPreparing(db: Database, assetId: string, key: string): Promise<boolean> {
  const row = await db
    .select({ status: renditions.status })
    .from(renditions)
    .where(and(eq(renditions.assetId, assetId), eq(renditions.key, key)))
    .get();
  return row?.status === "preparing";
}

/** Forgets the faulty reports and puts their tasks back; attempts count on, so a fault that stays ends as an error. */
async function makeAgain(
  env: Env,
  db: Database,
  assetId: string,
  track: ExpectedTrack,
  faults: LedgerFault[],
  now: number,
): Promise<void> {
  const ordinals = [...new Set(faults.map(({ ordinal }) => ordinal))];
  console.warn("not publishable yet", assetId, track.key, faults.slice(0, 5));
  const what = faults.map(({ ordinal, what }) => `${track.key} #${ordinal}: ${what}`);
  const damaged = { renditions: [{ key: track.key, ordinals }], slices: [], what };
  await forgetReports(env, assetId, damaged);
  await requeueTasks(db, assetId, damaged, sql`true`, "count on");
  await dispatchTasks(env, assetId, now);
}

async function flip(
  db: Database,
  asset: typeof assets.$inferSelect,
  plan: Plan,
  scope: PublishScope,
  outcome: { measured: MeasuredRendition[]; skipped: string[] },
  now: number,
): Promise<void> {
  const isPublished = sql`exists (select 1 from ${assets} where ${assets.id} = ${asset.id}
    and ${assets.status} = 'ready' and ${assets.revision} = ${asset.revision + 1})`;
  await db.batch([
    db
      .update(assets)
      .set({
        status: "ready",
        work: scope === "whole" ? "done" : "open",
        revision: asset.revision + 1,
        readyAt: asset.readyAt ?? now,
        updatedAt: now,
        ...posterOf(plan),
        // What was published earlier is only seen again when the whole is.
        verifiedAt: scope === "whole" ? now : (asset.verifiedAt ?? now),
        errorCode: null,
        errorDetail: null,
        errorLog: null,
      })
      .where(
        and(
          eq(assets.id, asset.id),
          eq(assets.work, "open"),
          eq(assets.revision, asset.revision),
          isNull(assets.deletedAt),
        ),
      ),
    ...outcome.measured.map(({ key, ...columns }) =>
      db
        .update(renditions)
        .set({ status: "ready", note: null, removeAfter: null, ...columns })
        .where(and(eq(renditions.assetId, asset.id), eq(renditions.key, key), isPublished)),
    ),
    ...outcome.skipped.map((key) =>
      db
        .update(renditions)
        .set({ status: "errored" })
        .where(and(eq(renditions.assetId, asset.id), eq(renditions.key, key), isPublished)),
    ),
    db
      .update(renditions)
      .set({ status: "ready", removeAfter: null })
      .where(and(eq(renditions.assetId, asset.id), eq(renditions.key, plan.poster.key), isPublished)),
    ...(scope === "whole" ? [retire(db, asset.id, keysOf(plan), now, isPublished)] : []),
    db
      .update(titles)
      .set({ assetId: asset.id, updatedAt: now })
      .where(and(eq(titles.id, asset.titleId), isPublished)),
  ]);
}

/**
 * Lists the renditions that the plan no longer names no more. A viewer who watches one may go on; an unpublished one
 * may go at once.
 */
function retire(db: Database, assetId: string, keys: string[], now: number, isPublished: SQL) {
  const { status, removeAfter } = renditions;
  return db
    .update(renditions)
    .set({
      status: sql`case ${status} when 'errored' then 'errored' else 'retired' end`,
      removeAfter: sql`case ${status} when 'ready' then ${now + retiredForMs} else ${now} end`,
    })
    .where(
      and(
        eq(renditions.assetId, assetId),
        ne(status, "retired"),
        isNull(removeAfter),
        sql`${renditions.key} not in (select value from json_each(${JSON.stringify(keys)}))`,
        isPublished,
      ),
    );
}

/** The columns of the poster: its largest picture's size. */
function posterOf({ poster: { key, images } }: Plan) {
  const [largest] = images;
  return largest === undefined
    ? {}
    : { posterKey: key, posterWidth: largest.width, posterHeight: largest.height };
}

/** Every rendition that a plan makes. */
function keysOf(plan: Plan): string[] {
  const tracks = [...plan.video, ...plan.audio, ...plan.text, plan.storyboard, plan.poster];
  return tracks.map(({ key }) => key);
}
