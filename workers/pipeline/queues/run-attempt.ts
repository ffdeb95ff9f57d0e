/** One attempt at a claimed task, from the work of attempts before it to its end in D1. */
import type { TaskReport } from "../../../protocol/report.ts";
import { type TaskSpec, taskSpec } from "../../../protocol/task.ts";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { publishChanges } from "../../publisher/publish-changes.ts";
import { withRetry } from "../../shared/retry.ts";
import { advanceAsset } from "../lifecycle/asset-lifecycle.ts";
import { isPlanningFailure } from "../plan/planning-failure.ts";
import { tellQueued } from "../scheduler/scheduler-client.ts";
import { taskReportKey } from "../storage/media-keys.ts";
import { type AttemptFailure, decideRetry } from "../tasks/decide-retry.ts";
import { reportWithout } from "../tasks/optional-work.ts";
import { recordResult } from "../tasks/record-result.ts";
import { repairInputs } from "../tasks/repair-inputs.ts";
import { loadEarlierWork, storeWork } from "../tasks/reuse-work.ts";
import {
  failTask,
  finishTask,
  maxAttempts,
  maxDeaths,
  postponeTask,
  type TaskError,
  type TaskRow,
} from "../tasks/task-lease.ts";
import type { TaskMessage } from "../tasks/task-messages.ts";
import { followAttempt } from "./follow-attempt.ts";
import type { Work } from "./slot-holder.ts";

/** Of what planning threw, the log gets at most this, characters: a refused statement is quoted with all its values. */
const mostLoggedCharacters = 2000;

/** Works on a claimed task until it is done, failed or postponed. */
export async function runAttempt(env: Env, work: Work, clock: () => number): Promise<void> {
  const db = openDatabase(env);
  const { task } = work;
  const parsed = taskSpec.safeParse(task.spec);
  if (!parsed.success) return await failPlanning(env, db, task, parsed.error, clock());
  const spec = parsed.data;
  if (task.attempts > maxAttempts) return await giveUp(env, db, task, spec, clock());

  const earlier = await withRetry("load earlier work", () =>
    loadEarlierWork(env, task.assetId, task.ordinal, spec),
  );
  const outcome =
    earlier.missing === null
      ? { done: earlier.report }
      : await followAttempt(env, work, earlier.missing, clock);
  if ("lost" in outcome) return;
  if ("failure" in outcome) return await recordFailure(env, db, task, spec, outcome.failure, clock());

  const report = earlier.missing === null ? earlier.report : merge(earlier.report, outcome.done);
  await recordDone(env, db, task, spec, report, clock());
}

async function recordDone(
  env: Env,
  db: Database,
  task: TaskRow,
  spec: TaskSpec,
  report: TaskReport,
  now: number,
): Promise<void> {
  await withRetry("store reports", () => storeWork(env, task.assetId, task.ordinal, spec, report));
  const reportKey = taskReportKey(task.assetId, `${task.stage}-${task.kind}`, task.ordinal);
  await withRetry("store a task's report", () => env.MEDIA.put(reportKey, JSON.stringify(report)));
  try {
    await withRetry("record a result", () => recordResult(env, task, spec, report, now), isPlanningFailure);
  } catch (error) {
    if (!isPlanningFailure(error)) throw error;
    return await failPlanning(env, db, task, error, now);
  }
  const result = { reportKey, cpuSeconds: report.usage.cpuSeconds };
  if (await withRetry("finish a task", () => finishTask(db, task, result, now))) {
    await advanceAsset(env, task.assetId, now);
  }
}

async function recordFailure(
  env: Env,
  db: Database,
  task: TaskRow,
  spec: TaskSpec,
  failure: AttemptFailure,
  now: number,
): Promise<void> {
  const decision = decideRetry(failure, task);
  if (!decision.retry) return await endTask(env, db, task, spec, decision.error, now);
  const { delayMs, countsAs } = decision;
  if (countsAs === "death")
    console.error(
      "a transcoder ended under a task",
      task.id,
      failure.code,
      `${task.deaths + 1} of ${maxDeaths}`,
    );
  if (failure.end !== "unreachable")
    await withRetry("mend inputs", () => repairInputs(env, task.assetId, spec, now));
  const later = { notBefore: now + delayMs, countsAs };
  if (await withRetry("postpone a task", () => postponeTask(db, task, failure, later, now))) {
    await tellQueued(env, [
      { ...task, queuedAt: Math.max(now, later.notBefore), notBefore: later.notBefore },
    ]);
    const message: TaskMessage = { taskId: task.id };
    await env.TRANSCODE_QUEUE.send(message, { delaySeconds: Math.ceil(delayMs / 1000) });
  }
}

/** A task whose attempts keep ending without a word has killed its transcoder each time, or the film is too much for it. */
async function giveUp(env: Env, db: Database, task: TaskRow, spec: TaskSpec, now: number): Promise<void> {
  const error = {
    code: task.errorCode ?? "task_keeps_dying",
    detail:
      task.errorDetail ??
      "Work on this film was cut short again and again. Retry it; if that fails, tell support.",
    log: task.errorLog ?? "",
  };
  await endTask(env, db, task, spec, error, now);
  console.error("gave up on task", task.id, error.code, env.TRANSCODER_URL === "" ? "fleet" : "local");
}

/** Ends a task that no attempt will get done: its film fails with it, unless it can do without. */
async function endTask(
  env: Env,
  db: Database,
  task: TaskRow,
  spec: TaskSpec,
  error: TaskError,
  now: number,
): Promise<void> {
  const without = reportWithout(spec, error.detail);
  if (without !== null) return await recordDone(env, db, task, spec, without, now);
  await withRetry("fail a task", () => failTask(db, task, error, now));
  await publishChanges(env, now);
}

/**
 * Ends the work on a film that was inspected and that we can't plan: at once, because the next try would throw the same. What was
 * thrown is for the log alone: it may hold anything of ours, and says nothing to a producer.
 */
async function failPlanning(
  env: Env,
  db: Database,
  task: TaskRow,
  cause: unknown,
  now: number,
): Promise<void> {
  const thrown = cause instanceof Error ? (cause.cause ?? cause) : cause;
  const words = thrown instanceof Error ? (thrown.stack ?? String(thrown)) : String(thrown);
  console.error("a film could not be planned", task.assetId, task.id, words.slice(0, mostLoggedCharacters));
  const error = {
    code: "planning_failed",
    detail: `Marquee can't plan the work on this film. That is a fault of ours: tell support this code and ${task.assetId}.`,
    log: "",
  };
  await withRetry("fail a task", () => failTask(db, task, error, now));
  await publishChanges(env, now);
}

function merge(a: TaskReport, b: TaskReport): TaskReport {
  return {
    ...b,
    renditions: [...a.renditions, ...b.renditions],
    slices: [...a.slices, ...b.slices],
  };
}
