/**
 * Work that a film can do without: when it can't be made, it is skipped, with a note for the producer, and nothing else
 * waits.
 */
import { and, eq } from "drizzle-orm";
import { audioCodecs } from "../../../protocol/codecs.ts";
import type { TaskReport } from "../../../protocol/report.ts";
import type { TaskSpec } from "../../../protocol/task.ts";
import { openDatabase } from "../../catalog/database.ts";
import { renditions } from "../../catalog/schema.ts";

/** The renditions of a task that the film can do without; empty for work that it needs. */
export function optionalRenditions(spec: TaskSpec): string[] {
  if (spec.kind === "text") return spec.tracks.map(({ key }) => key);
  if (spec.kind === "audio") return audioCodecs[spec.codec].isOrdinary ? [] : [spec.key];
  return spec.kind === "storyboard" || spec.kind === "passthrough" ? [spec.key] : [];
}

/** The report of a task whose attempts have all failed, when that is no reason to fail the film; else null. */
export function reportWithout(spec: TaskSpec, reason: string): TaskReport | null {
  const keys = optionalRenditions(spec);
  if (keys.length === 0) return null;
  return {
    renditions: [],
    slices: [],
    images: [],
    skipped: keys.map((key) => ({ key, reason })),
    usage: { wallSeconds: 0, cpuSeconds: 0, peakBytes: 0 },
  };
}

/** Notes on the renditions' rows the renditions that a task skipped. */
export async function recordSkipped(
  env: Env,
  assetId: string,
  report: Pick<TaskReport, "skipped">,
): Promise<void> {
  const db = openDatabase(env);
  for (const { key, reason } of report.skipped ?? []) {
    await db
      .update(renditions)
      .set({ status: "errored", note: reason })
      .where(and(eq(renditions.assetId, assetId), eq(renditions.key, key)));
  }
}
