import { estimateEta, type RemainingWork } from "./estimate-eta.ts";

interface WorkRow {
  asset_id: string;
  planned: number;
  taken_ms: number | null;
  expected: number | null;
  has_plan: number;
}

/** A running task's pace counts when it has come this far. */
const tellingProgress = 0.15;

/** Finished tasks, over all assets, that tell the fleet's pace. */
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
         sum(case t.status when 'done' then 0 else t.planned_seconds * (1 - t.progress) end) as planned,
         sum(case when t.kind <> 'video' then 0 when t.status = 'done' then t.finished_at - t.started_at
           when t.status = 'running' and t.progress >= ?2 then ?1 - t.started_at end) as taken_ms,
         sum(case when t.kind <> 'video' then 0 when t.status = 'done' then t.planned_seconds
           when t.status = 'running' and t.progress >= ?2 then t.planned_seconds * t.progress end) as expected,
         max(t.stage >= 3) as has_plan
       from tasks t join assets a on a.id = t.asset_id
       where a.work = 'open' and a.deleted_at is null group by t.asset_id`,
    ).bind(now, tellingProgress),
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
        plannedSeconds: row.planned,
        pace: row.expected && row.taken_ms ? row.taken_ms / 1000 / row.expected : null,
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
