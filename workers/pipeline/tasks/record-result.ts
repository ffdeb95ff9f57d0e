/** What a finished task changes in its asset. Idempotent: the same result recorded twice leaves the same rows. */
import { and, eq } from "drizzle-orm";
import type { Inspection } from "../../../protocol/inspection.ts";
import type { TaskReport } from "../../../protocol/report.ts";
import type { TaskSpec } from "../../../protocol/task.ts";
import { openDatabase } from "../../catalog/database.ts";
import { assets } from "../../catalog/schema.ts";
import { priorities, stages } from "../plan/stages.ts";
import { needsRemux } from "../storage/source-of.ts";
import { recordLeftOut } from "./optional-work.ts";
import { planWithoutCopy } from "./replan-without-mezzanine.ts";
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
  await recordLeftOut(env, task.assetId, report);
  const refused = spec.kind === "copy" ? report.leftOut?.[0] : undefined;
  if (refused !== undefined) await planWithoutCopy(env, task.assetId, refused.reason, now);
  if (spec.kind === "remux" && report.copyBytes !== undefined) {
    await openDatabase(env)
      .update(assets)
      .set({ copyBytes: report.copyBytes, updatedAt: now })
      .where(and(eq(assets.id, task.assetId), eq(assets.work, "open")));
    await insertTasks(env, task.assetId, [
      {
        kind: "inspect",
        ordinal: 1,
        stage: stages.inspectCopy,
        needs: stages.remux,
        priority: priorities.inspect,
        spec: { kind: "inspect", bytes: report.copyBytes },
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
