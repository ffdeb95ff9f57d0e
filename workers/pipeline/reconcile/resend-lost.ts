import { sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets, tasks } from "../../catalog/schema.ts";
import { tellQueued } from "../scheduler/scheduler-client.ts";
import { inviteConsumers } from "../tasks/task-messages.ts";

/** Tasks of each kind that one run deals with. */
const perRun = 100;

/**
 * Tasks whose lease ran out, and queued ones that nothing was heard of for too long: the scheduler is told of the former, and
 * consumers are invited for both. Messages are hints: a slot that gets one takes whatever is due. Tasks of assets whose work has
 * ended wait as `pending` instead, for a retry.
 */
export async function resendLost(env: Env, now: number): Promise<void> {
  const db = openDatabase(env);
  const silentSince = now - Number(env.STALE_QUEUE_SECONDS) * 1000;
  const isMeant = sql`exists (select 1 from ${assets} where ${assets.id} = ${tasks.assetId} and ${assets.work} = 'open'
    and ${assets.deletedAt} is null)`;
  const status = sql`case when ${isMeant} then 'queued' else 'pending' end`;
  const [ended, silent] = await db.batch([
    db
      .update(tasks)
      .set({ status, queuedAt: now, lease: null, leaseUntil: null })
      .where(
        sql`${tasks.id} in (select t.id from ${tasks} t where t.status = 'running' and t.lease_until < ${now}
          order by t.lease_until limit ${perRun}) and ${tasks.status} = 'running' and ${tasks.leaseUntil} < ${now}`,
      )
      .returning({
        id: tasks.id,
        assetId: tasks.assetId,
        producerId: tasks.producerId,
        kind: tasks.kind,
        status: tasks.status,
        priority: tasks.priority,
        ordinal: tasks.ordinal,
        queuedAt: tasks.queuedAt,
        notBefore: tasks.notBefore,
      }),
    // The time since which it waits stays, because it says who is next.
    db
      .update(tasks)
      .set({ status, resentAt: now })
      .where(
        sql`${tasks.id} in (select t.id from ${tasks} t where t.status = 'queued' and t.silent_since < ${silentSince}
          order by t.silent_since limit ${perRun}) and ${tasks.status} = 'queued'`,
      )
      .returning({ id: tasks.id, status: tasks.status }),
  ]);
  const isQueued = (task: { status: string }): boolean => task.status === "queued";
  const expired = ended.filter(isQueued);
  if (expired.length > 0) await tellQueued(env, expired);
  await inviteConsumers(
    env,
    [...expired, ...silent.filter(isQueued)].map(({ id }) => id),
  );
}
