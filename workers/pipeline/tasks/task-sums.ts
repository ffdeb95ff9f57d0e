/**
 * The tasks of an asset, added up: progress and estimates need no more of them. The sums stand in the asset's row until one
 * of its tasks changes its status (migrations/0003_task_sums.sql), so asking again and again reads no tasks but those that run.
 */
import { z } from "zod";
import { tasks } from "../../catalog/schema.ts";

/** Finished encodes of an asset that its pace is taken from: the latest ones, because rungs differ. */
const paceTasks = 5;

const kind = z.enum(tasks.kind.enumValues);

/** Number of tasks: all, done, failed, running. Seconds: planned of all, planned of those that are done, the processor's. */
const allSums = z.tuple([z.number(), z.number(), z.number(), z.number(), z.number(), z.number(), z.number()]);

/** Of an archived asset, whose tasks are done: their number, and the processor's seconds. */
const doneSums = z.tuple([z.number(), z.number()]);

const kindSums = z.union([allSums, doneSums]).transform((sums) => {
  const [total, done, failed, running, plannedSeconds, doneSeconds, cpuSeconds] =
    sums.length === 2 ? ([sums[0], sums[0], 0, 0, 0, 0, sums[1]] as const) : sums;
  return { total, done, failed, running, plannedSeconds, doneSeconds, cpuSeconds };
});

/** The sums of one asset. */
export const taskSums = z.object({
  kinds: z.partialRecord(kind, kindSums),
  /** How much longer than planned the asset's latest encodes took, each. */
  paces: z.array(z.number()).default([]),
  /** The highest stage of its tasks; -1: there are none. */
  stage: z.number(),
});
/** See {@link taskSums}. */
export type TaskSums = z.infer<typeof taskSums>;

/**
 * Shortens the stored sums of an asset whose work is done: what only matters to estimates is left out.
 * @returns null when there are none
 */
export function shortenSums(stored: unknown): unknown {
  const sums = taskSums.safeParse(stored);
  if (!sums.success) return null;
  const short = Object.entries(sums.data.kinds).map(
    ([kind, { total, done, failed, cpuSeconds, ...rest }]) => [
      kind,
      done === total
        ? [total, cpuSeconds]
        : [total, done, failed, rest.running, rest.plannedSeconds, rest.doneSeconds, cpuSeconds],
    ],
  );
  return { kinds: Object.fromEntries(short), stage: sums.data.stage };
}

/** A task that runs, as far as it has come. */
export interface RunningTask {
  assetId: string;
  kind: (typeof tasks.kind.enumValues)[number];
  plannedSeconds: number;
  progress: number;
  startedAt: number | null;
}

/**
 * Adds up the tasks of those assets whose sums are not known, in one statement, so that no task changes meanwhile.
 * @returns the new sums by asset
 */
export async function addUpTasks(env: Pick<Env, "DB">, assetIds: string[]): Promise<Map<string, TaskSums>> {
  if (assetIds.length === 0) return new Map();
  const { results } = await env.DB.prepare(
    `update assets set task_sums = json_object(
       'kinds', (select json_group_object(kind, json_array(total, done, failed, running, round(planned, 2), round(done_planned, 2), round(cpu, 2))) from (
          select kind, count(*) as total, sum(status = 'done') as done, sum(status = 'failed') as failed,
            sum(status = 'running') as running, sum(planned_seconds) as planned,
            sum(case status when 'done' then planned_seconds else 0 end) as done_planned, coalesce(sum(cpu_seconds), 0) as cpu
          from tasks where asset_id = assets.id group by kind)),
       'paces', (select json_group_array(pace) from (
          select (finished_at - started_at) / 1000.0 / planned_seconds as pace from tasks
          where asset_id = assets.id and kind = 'video' and status = 'done' and cpu_seconds > 0 and finished_at > started_at
          order by finished_at desc limit ?2)),
       'stage', coalesce((select max(stage) from tasks where asset_id = assets.id), -1))
     where id in (select value from json_each(?1)) and task_sums is null
     returning id, task_sums`,
  )
    .bind(JSON.stringify(assetIds), paceTasks)
    .all<{ id: string; task_sums: string }>();
  return new Map(results.map((row) => [row.id, taskSums.parse(JSON.parse(row.task_sums))]));
}

/** The tasks of these assets that run now. There are as many at most as the fleet has lanes. */
export async function findRunning(env: Pick<Env, "DB">, assetIds: string[]): Promise<RunningTask[]> {
  if (assetIds.length === 0) return [];
  const { results } = await env.DB.prepare(
    `select asset_id as assetId, kind, planned_seconds as plannedSeconds, progress, started_at as startedAt from tasks
     where asset_id in (select value from json_each(?)) and status = 'running'`,
  )
    .bind(JSON.stringify(assetIds))
    .all<RunningTask>();
  return results;
}

/** True when sums say that something runs, so that it is worth looking for. */
export function hasRunning(sums: TaskSums): boolean {
  return Object.values(sums.kinds).some(({ running }) => running > 0);
}
