/** Records a finished task's result in its asset. Idempotent: the same result recorded twice leaves the same rows. */
import { and, eq } from "drizzle-orm";
import type { Inspection } from "../../../protocol/inspection.ts";
import type { TaskReport } from "../../../protocol/report.ts";
import type { TaskSpec } from "../../../protocol/task.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { priorities, stages } from "../plan/stages.ts";
import { needsRemux } from "../storage/source-of.ts";
import { recordSkipped } from "./optional-work.ts";
import { replanWithoutPassthrough } from "./replan-without-passthrough.ts";
import { insertTasks, storePlan } from "./store-plan.ts";
import type { TaskRow } from "./task-lease.ts";

/** Follows an inspection with a plan (or with a remux and then another inspection); other results stay reports. */
export async function recordResult(
  env: Env,
  task: TaskRow,
  spec: TaskSpec,
  report: TaskReport,
  now: number,
): Promise<void> {
  if (spec.kind === "inspect" && report.inspection !== undefined) {
    await recordInspection(env, task, report.inspection, now);
  }
  await recordSkipped(env, task.assetId, report);
  const refused = spec.kind === "passthrough" ? report.skipped?.[0] : undefined;
  if (refused !== undefined) await replanWithoutPassthrough(env, task.assetId, refused.reason, now);
  if (spec.kind === "remux" && report.mezzanineBytes !== undefined) {
    await openDatabase(env)
      .update(assets)
      .set({ mezzanineBytes: report.mezzanineBytes, updatedAt: now })
      .where(and(eq(assets.id, task.assetId), eq(assets.work, "open")));
    await insertTasks(env, task.assetId, [
      {
        kind: "inspect",
        ordinal: 1,
        stage: stages.inspectMezzanine,
        needs: stages.remux,
        priority: priorities.inspect,
        spec: { kind: "inspect", bytes: report.mezzanineBytes },
      },
    ]);
  }
}

async function recordInspection(env: Env, task: TaskRow, inspection: Inspection, now: number): Promise<void> {
  if (task.stage === stages.inspect && needsRemux(inspection.container)) {
    await insertTasks(env, task.assetId, [
      {
        kind: "remux",
        ordinal: 0,
        stage: stages.remux,
        needs: stages.inspect,
        priority: priorities.inspect,
        spec: { kind: "remux", container: inspection.container, bytes: inspection.bytes },
      },
    ]);
    return;
  }
  await storePlan(env, task.assetId, inspection, now);
}
