/** Puts back finished tasks whose output no longer holds: their reports are forgotten, and only they run again. */
import { and, eq, or, type SQL, sql } from "drizzle-orm";
import type { Database } from "../../catalog/database.ts";
import { tasks } from "../../catalog/schema.ts";
import { renditionReportKey, sliceReportKey } from "../storage/media-keys.ts";

/** Work whose report no longer holds: chunks of a rendition, and audio slices. */
export interface DamagedWork {
  renditions: { key: string; ordinals: number[] }[];
  /** Keys of slices. */
  slices: string[];
  /** The faults that were found, for the log. */
  what: string[];
}

/** Deletes the reports on damaged work, so that it is not taken for done. */
export async function forgetReports(env: Env, assetId: string, damaged: DamagedWork): Promise<void> {
  const keys = [
    ...damaged.renditions.flatMap(({ key, ordinals }) =>
      ordinals.map((ordinal) => renditionReportKey(assetId, key, ordinal)),
    ),
    ...damaged.slices.map((slice) => sliceReportKey(assetId, slice)),
  ];
  if (keys.length > 0) await env.MEDIA.delete(keys);
}

/**
 * The statement that makes the tasks behind damaged work `pending` again. @param isMeant what must hold of their asset;
 * @param attempts whether they `count on`, so that a fault that stays ends as an error.
 */
export function requeueTasks(
  db: Database,
  assetId: string,
  damaged: DamagedWork,
  isMeant: SQL,
  attempts: "begin anew" | "count on",
) {
  const makers = [...damaged.renditions.map(madeBy), ...damaged.slices.map(cutBy)];
  return db
    .update(tasks)
    .set({
      status: "pending",
      ...(attempts === "begin anew" ? { attempts: 0, progress: 0, notBefore: 0 } : {}),
      errorCode: "storage_mismatch",
      errorDetail: "What is in storage is not what was encoded. Retry it; if that fails again, tell support.",
      errorLog: damaged.what.join("\n").slice(0, 4000),
    })
    .where(and(eq(tasks.assetId, assetId), eq(tasks.status, "done"), isMeant, or(sql`false`, ...makers)));
}

/** The tasks that encode these chunks of a rendition; tracks of other kinds are made by one task. */
function madeBy({ key, ordinals }: { key: string; ordinals: number[] }): SQL {
  return sql`(${tasks.kind} in ('audio', 'storyboard', 'passthrough') and ${tasks.spec} ->> 'key' = ${key})
    or (${tasks.kind} = 'text' and exists (select 1 from json_each(${tasks.spec}, '$.tracks') where value ->> 'key' = ${key}))
    or (${tasks.kind} = 'video' and ${tasks.ordinal} in (select value from json_each(${JSON.stringify(ordinals)}))
      and exists (select 1 from json_each(${tasks.spec}, '$.rungs') where value ->> 'key' = ${key}))`;
}

/** The task that cuts this slice. */
function cutBy(slice: string): SQL {
  return sql`(${tasks.kind} = 'audio-slices'
    and exists (select 1 from json_each(${tasks.spec}, '$.slices') where value ->> 'key' = ${slice}))`;
}
