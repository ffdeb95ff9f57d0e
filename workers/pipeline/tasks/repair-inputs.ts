/**
 * Tasks that are made of other tasks' output (sound of its slices, a storyboard of a rung) fail for as long as that
 * output is damaged in storage. Then the tasks that made it run again, and the failed one after them.
 */
import { eq, sql } from "drizzle-orm";
import type { TaskSpec } from "../../../protocol/task.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { expectedTracks } from "../plan/expected-tracks.ts";
import { parsePlan } from "../plan/plan.ts";
import { makeLedger } from "../storage/ledger.ts";
import { listObjects } from "../storage/list-objects.ts";
import { renditionPrefix } from "../storage/media-keys.ts";
import { findLostSlices, loadReports } from "../storage/reports.ts";
import { dispatchTasks } from "./dispatch.ts";
import { type DamagedWork, forgetReports, requeueTasks } from "./requeue-tasks.ts";

/** Checks the input of a failed task, and has its damaged parts made again. @returns the faults, for the log. */
export async function repairInputs(
  env: Env,
  assetId: string,
  spec: TaskSpec,
  now: number,
): Promise<string[]> {
  const damaged = await findDamaged(env, assetId, spec);
  if (damaged.what.length === 0) return [];
  console.warn("damaged before it was used", assetId, damaged.what.slice(0, 10));
  await forgetReports(env, assetId, damaged);
  const isOpen = sql`exists (select 1 from ${assets} where ${assets.id} = ${assetId} and ${assets.work} = 'open'
    and ${assets.deletedAt} is null)`;
  await requeueTasks(openDatabase(env), assetId, damaged, isOpen, "begin anew");
  await dispatchTasks(env, assetId, now);
  return damaged.what;
}

async function findDamaged(env: Env, assetId: string, spec: TaskSpec): Promise<DamagedWork> {
  if (spec.kind === "audio") {
    const slices = await findLostSlices(env, assetId, spec.slices);
    return { renditions: [], slices, what: slices.map((slice) => `${slice} is missing or other`) };
  }
  const none: DamagedWork = { renditions: [], slices: [], what: [] };
  if (spec.kind !== "storyboard") return none;
  const asset = await openDatabase(env).select().from(assets).where(eq(assets.id, assetId)).get();
  if (asset === undefined || asset.plan === null) return none;
  const track = expectedTracks(parsePlan(asset.plan), "whole").find(({ key }) => key === spec.from);
  if (track === undefined) return none;
  const { key, expected } = track;
  const reports = await loadReports(env, assetId, key, track.reports);
  const { faults } = makeLedger(
    key,
    reports,
    await listObjects(env, renditionPrefix(assetId, key)),
    expected,
  );
  if (faults.length === 0) return none;
  const ordinals = [...new Set(faults.map(({ ordinal }) => ordinal))];
  return { renditions: [{ key, ordinals }], slices: [], what: faults.map(({ what }) => `${key}: ${what}`) };
}
