/** The progress of assets' tasks, added up by kind in one query. */
import { inArray, sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { tasks } from "../../catalog/schema.ts";

/** The tasks of one kind of one asset. */
export interface KindWork {
  kind: (typeof tasks.kind.enumValues)[number];
  total: number;
  done: number;
  failed: number;
  running: number;
  /** 0…total: finished tasks plus the fractions of the running ones, each weighed by its planned seconds. */
  completed: number;
  /** Processor seconds of the finished tasks. */
  cpuSeconds: number;
}

/** The work of each of these assets, by asset id; an asset without tasks is missing. */
export async function countWork(env: Pick<Env, "DB">, assetIds: string[]): Promise<Map<string, KindWork[]>> {
  const rows = await openDatabase(env)
    .select({
      assetId: tasks.assetId,
      kind: tasks.kind,
      total: sql<number>`count(*)`,
      done: sql<number>`sum(${tasks.status} = 'done')`,
      failed: sql<number>`sum(${tasks.status} = 'failed')`,
      running: sql<number>`sum(${tasks.status} = 'running')`,
      completed: sql<number>`count(*) * sum(${tasks.plannedSeconds} * case ${tasks.status} when 'done' then 1.0
        when 'running' then ${tasks.progress} else 0.0 end) / sum(${tasks.plannedSeconds})`,
      cpuSeconds: sql<number>`coalesce(sum(${tasks.cpuSeconds}), 0)`,
    })
    .from(tasks)
    .where(inArray(tasks.assetId, sql`(select value from json_each(${JSON.stringify(assetIds)}))`))
    .groupBy(tasks.assetId, tasks.kind);
  return Map.groupBy(rows, (row) => row.assetId);
}
