/**
 * Speaks to the scheduler. It may be away at any time, and nobody waits for it for long: what it was not told it finds in D1.
 */
import { withTimeout } from "../../shared/with-timeout.ts";
import { type AttemptEnd, callAgainMs, type Grant } from "./fleet-schedule.ts";
import type { NextCall } from "./fleet-scheduler.ts";
import { laneOf } from "./lanes.ts";
import type { ReadyTask } from "./ready-tasks.ts";
import type { SlotState } from "./slot-table.ts";

/** The longest time that anybody waits for the scheduler to take a word, milliseconds. */
const answerMs = 5000;

type Bound = Pick<Env, "SCHEDULER">;

/** What a task's row says of its turn. */
interface QueuedRow extends Omit<ReadyTask, "lane" | "queuedAt"> {
  kind: string;
  queuedAt: number | null;
}

/** Waits for tasks. @throws when the scheduler can't be reached, or can't reach D1 */
export function nextGrants(env: Bound, call: NextCall): Promise<Grant[]> {
  return withTimeout("the scheduler", callAgainMs + answerMs, async () => await scheduleOf(env).next(call));
}

/** Tells of tasks that were queued. @returns consumers to invite for them; undefined when the scheduler does not say */
export async function tellQueued(env: Bound, rows: QueuedRow[]): Promise<number | undefined> {
  const tasks = rows.map(({ kind, queuedAt, ...task }) => ({
    ...{ id: task.id, assetId: task.assetId, producerId: task.producerId, lane: laneOf(kind) },
    ...{ priority: task.priority, queuedAt: queuedAt ?? 0, ordinal: task.ordinal, notBefore: task.notBefore },
  }));
  return await tell(async () => await scheduleOf(env).queued(tasks));
}

/** Tells that an attempt has ended, whichever way. */
export async function tellEnded(env: Bound, holder: string, end: AttemptEnd): Promise<void> {
  await tell(async () => await scheduleOf(env).ended(holder, end));
}

/** Tells that a holder takes nothing more, and has nothing left. @returns true when something is due all the same */
export async function tellLeft(env: Bound, holder: string): Promise<boolean> {
  return (await tell(async () => await scheduleOf(env).left(holder))) ?? false;
}

/** Tells what is known of a slot. */
export async function tellSlot(env: Bound, slot: string, state: SlotState): Promise<void> {
  await tell(async () => await scheduleOf(env).reported(slot, state));
}

async function tell<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await withTimeout("the scheduler", answerMs, act);
  } catch (error) {
    console.warn("the scheduler was not told", error);
    return undefined;
  }
}

function scheduleOf(env: Bound) {
  return env.SCHEDULER.get(env.SCHEDULER.idFromName("fleet"));
}
