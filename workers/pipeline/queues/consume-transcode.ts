/**
 * The consumer of the transcode queue: a message is a slot of the fleet, held while it works. Beside an encode of
 * minutes the slot does light work, so that sound, subtitles, posters and new films' inspections don't wait for it, nor
 * it for them.
 */
import type { TaskReport } from "../../../protocol/report.ts";
import { type TaskSpec, taskSpec } from "../../../protocol/task.ts";
import { type Database, openDatabase } from "../../catalog/database.ts";
import { publishChanges } from "../../publisher/publish-changes.ts";
import { withRetry } from "../../shared/retry.ts";
import { advanceAsset } from "../lifecycle/asset-lifecycle.ts";
import { taskReportKey } from "../storage/media-keys.ts";
import { type AttemptFailure, decideRetry } from "../tasks/decide-retry.ts";
import type { TaskMessage } from "../tasks/dispatch.ts";
import { reportWithout } from "../tasks/optional-work.ts";
import { recordResult } from "../tasks/record-result.ts";
import { repairInputs } from "../tasks/repair-inputs.ts";
import { loadEarlierWork, storeWork } from "../tasks/reuse-work.ts";
import {
  claimNextTask,
  failTask,
  finishTask,
  maxAttempts,
  postponeTask,
  slotRoom,
  type TaskError,
  type TaskRow,
} from "../tasks/task-lease.ts";
import { followAttempt } from "./follow-attempt.ts";

/** A message is held for at most 15 minutes, and an encode takes up to ten: none begins later than this. */
const claimWithinMs = 4 * 60_000;

/** While something runs, the queue is searched for more after this long. */
const lookAgainMs = 2000;

/** Works through the tasks that are due, for each message: not the message's own task, but those that should run next. */
export async function consumeTranscode(batch: MessageBatch, env: Env): Promise<void> {
  for (const message of batch.messages) {
    await workSlot(env, Date.now);
    message.ack();
  }
}

/** Keeps one encode and some light tasks running until nothing is due; or for as long as a message may be held. */
async function workSlot(env: Env, clock: () => number): Promise<void> {
  const db = openDatabase(env);
  const until = clock() + claimWithinMs;
  const running = { heavy: new Set<Promise<void>>(), light: new Set<Promise<void>>() };
  const failures: unknown[] = [];
  for (;;) {
    for (const lane of ["heavy", "light"] as const) {
      while (running[lane].size < slotRoom[lane] && clock() <= until) {
        const task = await claimNextTask(db, crypto.randomUUID(), clock(), lane);
        if (task === null) break;
        const work = attempt(env, db, task, clock)
          .catch((error: unknown) => void failures.push(error))
          .finally(() => running[lane].delete(work));
        running[lane].add(work);
      }
    }
    const all = [...running.heavy, ...running.light];
    if (all.length === 0) break;
    await Promise.race([...all, scheduler.wait(lookAgainMs)]);
  }
  if (failures.length > 0) throw failures[0];
}

async function attempt(env: Env, db: Database, task: TaskRow, clock: () => number): Promise<void> {
  const spec = taskSpec.parse(task.spec);
  if (task.attempts > maxAttempts) return await giveUp(env, db, task, spec, clock());

  const earlier = await withRetry("load earlier work", () =>
    loadEarlierWork(env, task.assetId, task.ordinal, spec),
  );
  const outcome =
    earlier.missing === null
      ? { done: earlier.report }
      : await followAttempt(env, db, task, earlier.missing, clock);
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
  await withRetry("record a result", () => recordResult(env, task, spec, report, now));
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
  const decision = decideRetry(failure, task.attempts, task.errorCode);
  if (!decision.retry) return await endTask(env, db, task, spec, decision.error, now);
  const { delayMs, countAttempt } = decision;
  if (!failure.unreachable) await withRetry("mend inputs", () => repairInputs(env, task.assetId, spec, now));
  const later = { notBefore: now + delayMs, countAttempt };
  if (await withRetry("postpone a task", () => postponeTask(db, task, failure, later, now))) {
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

function merge(a: TaskReport, b: TaskReport): TaskReport {
  return {
    ...b,
    renditions: [...a.renditions, ...b.renditions],
    slices: [...a.slices, ...b.slices],
  };
}
