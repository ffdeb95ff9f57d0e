import { sql } from "drizzle-orm";
import { openDatabase } from "../../catalog/database.ts";
import { assets, tasks } from "../../catalog/schema.ts";
import type { TaskMessage } from "../tasks/dispatch.ts";

/** Tasks of each kind that one run deals with, and messages that a queue takes at once (Cloudflare Queues, limits). */
const perRun = 100;

/**
 * Tasks whose lease ran out, and queued ones that nothing was heard of for too long, get a new message. Messages are
 * hints: a slot that gets one takes whatever is due, so a hundred a minute wake any fleet. Tasks of assets whose work has
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
      .returning({ taskId: tasks.id, status: tasks.status }),
    // The time since which it waits stays, because it says who is next.
    db
      .update(tasks)
      .set({ status, resentAt: now })
      .where(
        sql`${tasks.id} in (select t.id from ${tasks} t where t.status = 'queued' and t.silent_since < ${silentSince}
          order by t.silent_since limit ${perRun}) and ${tasks.status} = 'queued'`,
      )
      .returning({ taskId: tasks.id, status: tasks.status }),
  ]);
  for (const lost of [ended, silent]) {
    const messages = lost
      .filter((task) => task.status === "queued")
      .map(({ taskId }) => ({ body: { taskId } satisfies TaskMessage }));
    if (messages.length > 0) await env.TRANSCODE_QUEUE.sendBatch(messages);
  }
}
