import { z } from "zod";
import type { Lane } from "./lanes.ts";
import type { ReadyTask } from "./ready-tasks.ts";

/** A place in the queue's index; the next page begins with it, because tasks of several kinds may share it. */
export type QueuePlace = Pick<ReadyTask, "producerId" | "priority" | "assetId" | "queuedAt" | "ordinal">;

const row = z.object({
  ...{ id: z.string(), assetId: z.string(), producerId: z.string(), priority: z.number() },
  ...{ queuedAt: z.number(), ordinal: z.number(), notBefore: z.number() },
});

/**
 * Reads a page of queued tasks, by producer, priority and asset, along the index `tasks_queued`: as many rows as it returns.
 * @param from where the last page ended; null: the beginning
 */
export async function readQueued(
  env: Pick<Env, "DB">,
  lane: Lane,
  from: QueuePlace | null,
  limit: number,
): Promise<ReadyTask[]> {
  const { producerId, priority, assetId, queuedAt, ordinal } = from ?? {
    ...{ producerId: "", priority: -1, assetId: "", queuedAt: 0, ordinal: 0 },
  };
  const { results } = await env.DB.prepare(
    `select id, asset_id as assetId, producer_id as producerId, priority, queued_at as queuedAt, ordinal, not_before as notBefore from tasks
     where status = 'queued' and (kind = 'video') = ?1 
       and (producer_id, priority, asset_id, queued_at, ordinal) >= (?2, ?3, ?4, ?5, ?6)
     order by producer_id, priority, asset_id, queued_at, ordinal limit ?7`,
  )
    .bind(lane === "heavy" ? 1 : 0, producerId, priority, assetId, queuedAt, ordinal, limit)
    .all();
  return results.map((result) => ({ ...row.parse(result), lane }));
}
