/** Follows one attempt at a transcoder from start to end, keeping its lease alive. */

import { eq } from "drizzle-orm";
import { silentMs, type TaskEvent, type TaskReport, taskEvent } from "../../../protocol/report.ts";
import type { TaskSpec } from "../../../protocol/task.ts";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { databaseWords } from "../../catalog/database-errors.ts";
import { assets } from "../../catalog/schema.ts";
import { TimedOut } from "../../shared/with-timeout.ts";
import { sourceOf } from "../storage/source-of.ts";
import type { AttemptFailure } from "../tasks/decide-retry.ts";
import { heartbeat, heartbeatMs, runsAlone, type TaskRow } from "../tasks/task-lease.ts";
import { accessOf } from "../transcoder/task-access.ts";
import { longestRunMs, longestWaitMs, startAttempt } from "../transcoder/transcoder-client.ts";
import { readLines } from "./read-lines.ts";
import type { Work } from "./slot-holder.ts";

/** The end of an attempt. `lost`: the lease went to another one, or the asset is gone; leave everything alone. */
export type AttemptOutcome = { done: TaskReport } | { failure: AttemptFailure } | { lost: true };

const unreachable: AttemptFailure = {
  code: "transcoder_unreachable",
  detail: "No transcoder can be reached at the moment. Work goes on when one can.",
  ...{ log: "", retryable: true, end: "unreachable" },
};

const cutOff: AttemptFailure = {
  code: "transcoder_died",
  detail: "The transcoder ended in the middle of its work.",
  ...{ log: "", retryable: true, end: "died" },
};

const silent: AttemptFailure = {
  code: "transcoder_silent",
  detail: "The transcoder hung in the middle of its work.",
  ...{ log: "", retryable: true, end: "died" },
};

const endless: AttemptFailure = {
  code: "encoder_timeout",
  detail: "One piece of this film takes too long to make. Retry it, or export it smaller.",
  ...{ log: "", retryable: true, end: "told" },
};

/**
 * Runs `spec` (the task's own, or what is left of it). Never throws because of a transcoder, and waits for none without end: a
 * line comes every two seconds from one that works.
 * @param clock Unix milliseconds; @param lineLimitMs the longest wait for a line, milliseconds
 */
export async function followAttempt(
  env: Env,
  { task, slot }: Work,
  spec: TaskSpec,
  clock: () => number,
  lineLimitMs = silentMs,
): Promise<AttemptOutcome> {
  const db = openDatabase(env);
  const source = await readSource(db, task);
  if (source === null) return { lost: true };
  const access = accessOf(task.assetId, spec, source);
  const attempt = { taskId: task.id, lease: task.lease ?? "", spec, access, alone: runsAlone(task) };
  const answer = await startAttempt(env, attempt, slot, clock());
  if (answer?.body == null) return { failure: unreachable };
  const lease = keepLease(env, db, task, clock);
  const startedAt = clock();
  let begunAt: number | null = null;
  // What ends before the task has begun in it, ends without its doing.
  const ended = (failure: AttemptFailure, log = ""): AttemptOutcome =>
    begunAt === null ? { failure: { ...unreachable, log } } : { failure: { ...failure, log } };
  try {
    for await (const line of readLines(answer.body, lineLimitMs)) {
      const event = taskEvent.parse(JSON.parse(line));
      if (event.type === "done") return { done: event.report };
      if (event.type === "failed") return { failure: { ...event.failure, end: "told" } };
      if (event.type === "progress") begunAt ??= clock();
      if (clock() - startedAt > longestWaitMs && begunAt === null) return ended(unreachable);
      if (begunAt !== null && clock() - begunAt > longestRunMs) return ended(endless);
      // Leaving the loop cancels the stream; the transcoder sees its caller go and ends FFmpeg.
      if (!(await lease.isKept(event))) return { lost: true };
    }
    return ended(cutOff);
  } catch (error) {
    return ended(error instanceof TimedOut ? silent : cutOff, String(error));
  }
}

/** The object that the task reads; null when its film is gone. */
async function readSource(db: Database, task: TaskRow): Promise<{ key: string; bytes: number } | null> {
  const { id, sourceKey, sourceBytes, mezzanineBytes } = assets;
  const asset = await db
    .select({ id, sourceKey, sourceBytes, mezzanineBytes })
    .from(assets)
    .where(eq(id, task.assetId))
    .get();
  return asset === undefined ? null : sourceOf(asset, task);
}

/**
 * Prolongs the lease as lines come. A heartbeat that D1 did not take is no reason to throw work away: the next line brings the
 * next one, and a lease that ran out meanwhile is still ours while nobody has taken the task.
 */
function keepLease(env: Env, db: Database, task: TaskRow, clock: () => number) {
  let takenAt = clock();
  return {
    /** Is false when the lease is lost. */
    isKept: async (event: TaskEvent): Promise<boolean> => {
      const now = clock();
      if (now - takenAt < heartbeatMs(env)) return true;
      try {
        const isOurs = await heartbeat(db, task, event.type === "progress" ? event.fraction : 0, now);
        takenAt = now;
        return isOurs;
      } catch (error) {
        console.warn("a heartbeat was not taken", task.id, databaseWords(error));
        return true;
      }
    },
  };
}
