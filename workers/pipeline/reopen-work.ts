/**
 * Opens the work of a published asset again, for the tasks whose output is damaged. The asset stays playable meanwhile;
 * when they are done it is published again as a whole. The same settings give the same bytes under the same keys, so
 * usually nothing has changed then but that everything is there.
 */
import { and, eq, isNull, or, type SQL, sql } from "drizzle-orm";
import { openDatabase } from "../catalog/database.ts";
import { assets, tasks } from "../catalog/schema.ts";
import { advanceAsset } from "./advance-asset.ts";
import { renditionReportKey, sliceReportKey } from "./media-keys.ts";

/** Work whose report no longer holds: chunks of a rendition, and audio slices. */
export interface DamagedWork {
  renditions: { key: string; ordinals: number[] }[];
  /** Keys of slices. */
  slices: string[];
  /** What was found, for the log. */
  what: string[];
}

/**
 * Forgets the reports, puts just their tasks back, and sends them; with nothing damaged it publishes anew.
 * @returns false when the asset has other work in hand, or is gone: it is looked at again later.
 */
export async function reopenWork(
  env: Env,
  assetId: string,
  damaged: DamagedWork,
  now: number,
): Promise<boolean> {
  const db = openDatabase(env);
  const isDone = sql`exists (select 1 from ${assets} where ${assets.id} = ${assetId} and ${assets.status} = 'ready'
    and ${assets.work} = 'done' and ${assets.deletedAt} is null)`;
  const forgotten = [
    ...damaged.renditions.flatMap(({ key, ordinals }) =>
      ordinals.map((ordinal) => renditionReportKey(assetId, key, ordinal)),
    ),
    ...damaged.slices.map((slice) => sliceReportKey(assetId, slice)),
  ];
  const makers = [...damaged.renditions.map(madeBy), ...damaged.slices.map(cutBy)];
  if (forgotten.length > 0) await env.MEDIA.delete(forgotten);
  const [, opened] = await db.batch([
    db
      .update(tasks)
      .set({
        ...{ status: "pending", attempts: 0, progress: 0, notBefore: 0 },
        errorCode: "storage_mismatch",
        errorDetail:
          "What is in storage is not what was encoded. Retry it; if that fails again, tell support.",
        errorLog: damaged.what.join("\n").slice(0, 4000),
      })
      .where(and(eq(tasks.assetId, assetId), eq(tasks.status, "done"), isDone, or(sql`false`, ...makers))),
    db
      .update(assets)
      .set({ work: "open", updatedAt: now })
      .where(
        and(
          eq(assets.id, assetId),
          eq(assets.status, "ready"),
          eq(assets.work, "done"),
          isNull(assets.deletedAt),
        ),
      )
      .returning({ id: assets.id }),
  ]);
  if (opened.length === 0) return false;
  await advanceAsset(env, assetId, now);
  return true;
}

/** The tasks that encode these chunks of a rendition; tracks of other kinds are made by one task. */
function madeBy({ key, ordinals }: { key: string; ordinals: number[] }): SQL {
  return sql`(${tasks.kind} in ('audio', 'storyboard', 'copy') and ${tasks.spec} ->> 'key' = ${key})
    or (${tasks.kind} = 'text' and exists (select 1 from json_each(${tasks.spec}, '$.tracks') where value ->> 'key' = ${key}))
    or (${tasks.kind} = 'video' and ${tasks.ordinal} in (select value from json_each(${JSON.stringify(ordinals)}))
      and exists (select 1 from json_each(${tasks.spec}, '$.rungs') where value ->> 'key' = ${key}))`;
}

/** The task that cuts this slice. */
function cutBy(slice: string): SQL {
  return sql`(${tasks.kind} in ('sound', 'video')
    and exists (select 1 from json_each(${tasks.spec}, '$.slices') where value ->> 'key' = ${slice}))`;
}
