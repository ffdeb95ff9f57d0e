/**
 * Moves an asset on: sends the next of its tasks that may start, never more than a window of them, so that a short clip
 * does not wait behind a long film's hundred chunks.
 */
import { sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets, tasks } from "../../catalog/schema.ts";
import { tellQueued } from "../scheduler/scheduler-client.ts";
import { inviteConsumers } from "./task-messages.ts";

/**
 * Tasks of one asset that may be queued or running at a time, per transcoder of the fleet: enough that a film which is
 * alone keeps all lanes of all of them busy, with its next tasks waiting at the door.
 */
const windowPerSlot = 6;

/** Queues as many pending tasks of the asset as the window has room for. @returns how many. */
export async function dispatchTasks(env: Env, assetId: string, now: number): Promise<number> {
  const db = openDatabase(env);
  const queued = await db
    .update(tasks)
    .set({ status: "queued", queuedAt: now })
    .where(
      sql`${tasks.id} in (
        select t.id from ${tasks} t
        where t.asset_id = ${assetId} and t.status = 'pending'
          and not exists (select 1 from ${tasks} b where b.asset_id = t.asset_id and b.stage <= t.needs and b.status <> 'done')
          and exists (select 1 from ${assets} a where a.id = t.asset_id and a.work = 'open' and a.deleted_at is null)
        order by t.priority, t.ordinal
        limit max(0, ${windowPerSlot * Number(env.FLEET_SIZE)} - (select count(*) from ${tasks} o where o.asset_id = ${assetId} and o.status in ('queued', 'running')))
      ) and ${tasks.status} = 'pending'`,
    )
    .returning({
      id: tasks.id,
      assetId: tasks.assetId,
      producerId: tasks.producerId,
      kind: tasks.kind,
      priority: tasks.priority,
      ordinal: tasks.ordinal,
      queuedAt: tasks.queuedAt,
      notBefore: tasks.notBefore,
    });
  if (queued.length === 0) return 0;
  queued.sort((a, b) => a.priority - b.priority || a.ordinal - b.ordinal);
  const wanted = await tellQueued(env, queued);
  await inviteConsumers(
    env,
    queued.map(({ id }) => id),
    wanted,
  );
  return queued.length;
}
