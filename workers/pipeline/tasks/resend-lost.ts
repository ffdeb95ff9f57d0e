import { and, asc, eq, lt, sql } from "drizzle-orm";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { assets, tasks } from "../../catalog/schema.ts";
import { readState, writeState } from "../../catalog/service-state.ts";
import { tellQueued } from "../scheduler/scheduler-client.ts";
import { inviteConsumers } from "./task-messages.ts";

/** The time at which consumers were last invited for tasks that nobody took, in `service_state`. */
const invitedState = "transcode_invited_at";

/**
 * Queues tasks whose lease ran out, and invites consumers for them and for those that have been due for STALE_QUEUE_SECONDS:
 * their messages are lost. The fleet is invited for the latter at most once in that time, and `queued_at` stays, so that the
 * task that waits longest remains the one that waits longest.
 */
export async function resendLost(env: Env, now: number): Promise<void> {
  const db = openDatabase(env);
  const expired = await db
    .update(tasks)
    .set({ status: "queued", queuedAt: now, lease: null, leaseUntil: null })
    .where(and(eq(tasks.status, "running"), lt(tasks.leaseUntil, now), isWanted))
    .returning({
      id: tasks.id,
      assetId: tasks.assetId,
      kind: tasks.kind,
      priority: tasks.priority,
      ordinal: tasks.ordinal,
      queuedAt: tasks.queuedAt,
      notBefore: tasks.notBefore,
    });
  if (expired.length > 0) await tellQueued(env, expired);
  const silent = await findSilent(env, db, now);
  await inviteConsumers(
    env,
    [...expired, ...silent].map(({ id }) => id),
  );
}

const isWanted = sql`${tasks.assetId} in (select ${assets.id} from ${assets} where ${assets.work} = 'open'
  and ${assets.deletedAt} is null)`;

async function findSilent(env: Env, db: Database, now: number): Promise<{ id: string }[]> {
  const silentMs = Number(env.STALE_QUEUE_SECONDS) * 1000;
  const silent = await db
    .select({ id: tasks.id })
    .from(tasks)
    .where(
      and(
        // A literal: only so the partial index serves it.
        sql`${tasks.status} = 'queued'`,
        lt(tasks.queuedAt, now - silentMs),
        lt(tasks.notBefore, now - silentMs),
        isWanted,
      ),
    )
    .orderBy(asc(tasks.queuedAt))
    .limit(Number(env.FLEET_SIZE));
  if (silent.length === 0) return [];
  const invitedAt = Number((await readState(db, invitedState)) ?? Number.NEGATIVE_INFINITY);
  // A time ahead of now is of a clock that was set back.
  if (invitedAt <= now && invitedAt > now - silentMs) return [];
  await writeState(db, invitedState, String(now), now);
  return silent;
}
