/** Follows one attempt at a transcoder from start to end, keeping its lease alive. */
import { type TaskReport, taskEvent } from "../../../protocol/report.ts";
import type { TaskSpec } from "../../../protocol/task.ts";
import type { Database } from "../../catalog/database.ts";
import type { AttemptFailure } from "../tasks/decide-retry.ts";
import { heartbeat, type TaskRow } from "../tasks/task-lease.ts";
import { startAttempt } from "../transcoder/transcoder-client.ts";

/** The end of an attempt. `lost`: the lease went to another one, or the asset is gone; leave everything alone. */
export type AttemptOutcome = { done: TaskReport } | { failure: AttemptFailure } | { lost: true };

/** Progress is written to D1 at most this often. */
const heartbeatMs = 2_000;

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
  db: Database,
  task: TaskRow,
  spec: TaskSpec,
  clock: () => number,
): Promise<AttemptOutcome> {
  const answer = await startAttempt(env, { taskId: task.id, lease: task.lease ?? "", spec }, clock());
  if (answer?.body == null) return { failure: unreachable };
  let lastHeartbeat = clock();
  try {
    for await (const line of linesOf(answer.body)) {
      const event = taskEvent.parse(JSON.parse(line));
      if (event.type === "done") return { done: event.report };
      if (event.type === "failed") return { failure: { ...event.failure, unreachable: false } };
      if (clock() - lastHeartbeat < heartbeatMs) continue;
      lastHeartbeat = clock();
      // Leaving the loop cancels the stream; the transcoder sees its caller go and ends FFmpeg.
      if (!(await keepsLease(db, task, event.fraction, lastHeartbeat))) return { lost: true };
    }
    return { failure: cutOff };
  } catch (error) {
    return { failure: { ...cutOff, log: String(error) } };
  }
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
