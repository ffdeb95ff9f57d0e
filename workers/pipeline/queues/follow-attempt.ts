/** Follows one attempt at a transcoder from start to end, keeping its lease alive. */

import { eq } from "drizzle-orm";
import { type TaskReport, taskEvent } from "../../../protocol/report.ts";
import type { TaskSpec } from "../../../protocol/task.ts";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { sourceOf } from "../storage/source-of.ts";
import type { AttemptFailure } from "../tasks/decide-retry.ts";
import { heartbeat, heartbeatMs, type TaskRow } from "../tasks/task-lease.ts";
import { accessOf } from "../transcoder/task-access.ts";
import { startAttempt } from "../transcoder/transcoder-client.ts";
import type { Work } from "./slot-holder.ts";

/** The end of an attempt. `lost`: the lease went to another one, or the asset is gone; leave everything alone. */
export type AttemptOutcome = { done: TaskReport } | { failure: AttemptFailure } | { lost: true };

const unreachable: AttemptFailure = {
  code: "transcoder_unreachable",
  detail: "No transcoder can be reached at the moment. Work goes on when one can.",
  log: "",
  retryable: true,
  unreachable: true,
};

const cutOff: AttemptFailure = {
  code: "transcoder_died",
  detail: "The transcoder ended in the middle of its work.",
  log: "",
  retryable: true,
  unreachable: false,
};

/** Runs `spec` (the task's own, or what is left of it). Never throws because of a transcoder. */
export async function followAttempt(
  env: Env,
  { task, slot }: Work,
  spec: TaskSpec,
  clock: () => number,
): Promise<AttemptOutcome> {
  const db = openDatabase(env);
  const source = await readSource(db, task);
  if (source === null) return { lost: true };
  const access = accessOf(task.assetId, spec, source);
  const attempt = { taskId: task.id, lease: task.lease ?? "", spec, access };
  const answer = await startAttempt(env, attempt, slot, clock());
  if (answer?.body == null) return { failure: unreachable };
  let lastHeartbeat = clock();
  try {
    for await (const line of linesOf(answer.body)) {
      const event = taskEvent.parse(JSON.parse(line));
      if (event.type === "done") return { done: event.report };
      if (event.type === "failed") return { failure: { ...event.failure, unreachable: false } };
      if (clock() - lastHeartbeat < heartbeatMs(env)) continue;
      lastHeartbeat = clock();
      // Leaving the loop cancels the stream; the transcoder sees its caller go and ends FFmpeg.
      if (!(await keepsLease(db, task, event.fraction, lastHeartbeat))) return { lost: true };
    }
    return { failure: cutOff };
  } catch (error) {
    return { failure: { ...cutOff, log: String(error) } };
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

/** A heartbeat that D1 did not take is no reason to throw work away: the next one comes well before the lease ends. */
async function keepsLease(db: Database, task: TaskRow, progress: number, now: number): Promise<boolean> {
  try {
    return await heartbeat(db, task, progress, now);
  } catch (error) {
    console.warn("a heartbeat was not taken", task.id, error);
    return true;
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let pending = "";
  for await (const chunk of stream) {
    pending += decoder.decode(chunk, { stream: true });
    const lines = pending.split("\n");
    pending = lines.pop() ?? "";
    yield* lines.filter((line) => line !== "");
  }
}
