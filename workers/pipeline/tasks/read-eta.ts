import { z } from "zod";
import { slotRoom } from "../scheduler/lanes.ts";
import { estimateEta, type RemainingWork } from "./estimate-eta.ts";

interface WorkRow {
  asset_id: string;
  heavy: number;
  light: number;
  /** JSON: how much longer than planned the asset's latest encodes took, each. */
  paces: string;
  /** Seconds that the running encodes have taken, and what was planned for as much. */
  running_took: number | null;
  running_planned: number | null;
  has_plan: number;
}

/** A running task's pace counts when it has come this far, and only until one is finished: it has begun slowly. */
const tellingProgress = 0.15;

/** An encode seeks and decodes up to its first frame before it moves, milliseconds. */
const startMs = 1500;

/** After this long the running encode's own pace counts as much as other knowledge, seconds. */
const doubtSeconds = { others: 10, noOther: 3 };

/** Finished encodes of an asset that its pace is taken from: the latest ones, because rungs differ. */
const ownTasks = 5;

/** Finished tasks, over all assets, that the fleet's pace is taken from. */
const recentTasks = 40;

/**
 * Seconds until each of these assets' work is done; an asset that isn't planned yet, or has no open work, is missing.
 * Two queries, whatever the number of assets.
 * @param now Unix milliseconds
 */
export async function readEtas(
  env: Pick<Env, "DB" | "FLEET_SIZE">,
  assetIds: string[],
  now: number,
): Promise<Map<string, number>> {
  const [open, recent] = await env.DB.batch<WorkRow & { pace: number | null }>([
    env.DB.prepare(
      `select t.asset_id,
         sum(case when t.kind = 'video' and t.status <> 'done' then t.planned_seconds * (1 - t.progress) else 0 end) as heavy,
         sum(case when t.kind <> 'video' and t.status <> 'done' then t.planned_seconds * (1 - t.progress) else 0 end) as light,
         (select json_group_array(pace) from (
            select (d.finished_at - d.started_at) / 1000.0 / d.planned_seconds as pace from tasks d
            where d.asset_id = t.asset_id and d.kind = 'video' and d.status = 'done' and d.cpu_seconds > 0
            order by d.finished_at desc limit ?3)) as paces,
         sum(case when t.kind = 'video' and t.status = 'running' and t.progress >= ?2 then max(1, ?1 - t.started_at - ?4) end) / 1000.0
           as running_took,
         sum(case when t.kind = 'video' and t.status = 'running' and t.progress >= ?2 then t.planned_seconds * t.progress end)
           as running_planned,
         max(t.stage >= 3) as has_plan
       from tasks t join assets a on a.id = t.asset_id
       where a.work = 'open' and a.deleted_at is null group by t.asset_id`,
    ).bind(now, tellingProgress, ownTasks, startMs),
    env.DB.prepare(
      `select sum(finished_at - started_at) / 1000.0 / nullif(sum(planned_seconds), 0) as pace from (
         select finished_at, started_at, planned_seconds from tasks
         where kind = 'video' and status = 'done' and cpu_seconds > 0 order by finished_at desc limit ?1)`,
    ).bind(recentTasks),
  ]);
  const fleetPace = recent?.results[0]?.pace ?? null;
  const works = new Map(
    (open?.results ?? []).map((row): [string, RemainingWork & { hasPlan: boolean }] => [
      row.asset_id,
      {
        plannedSeconds: Math.max(row.heavy, row.light / slotRoom.light),
        pace: lowerMedian(z.array(z.number()).parse(JSON.parse(row.paces))) ?? paceOfRunning(row, fleetPace),
        hasPlan: row.has_plan === 1,
      },
    ]),
  );
  const etas = new Map<string, number>();
  for (const id of assetIds) {
    const own = works.get(id);
    if (own === undefined || !own.hasPlan) continue;
    const others = [...works].flatMap(([other, work]) => (other === id ? [] : [work]));
    etas.set(id, estimateEta(own, others, fleetPace, Number(env.FLEET_SIZE)));
  }
  return etas;
}

/** The pace of a first encode while it runs: it counts more with every second, and other films' pace, or the plan, less. */
function paceOfRunning({ running_took, running_planned }: WorkRow, fleetPace: number | null): number | null {
  if (running_took === null || running_planned === null || running_planned === 0) return null;
  const trust =
    running_took / (running_took + (fleetPace === null ? doubtSeconds.noOther : doubtSeconds.others));
  return (running_took / running_planned) * trust + (fleetPace ?? 1) * (1 - trust);
}

/** The middle value, the lower one of two: the first encode of a film is slowed down by all that is done beside it. */
function lowerMedian(values: number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? null;
}
