/** A film's whole way through the transcoder, for tests: inspected, planned by the pipeline's own planner, encoded. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { runTask } from "../../../containers/transcoder/run-task.ts";
import type { Inspection } from "../../../protocol/inspection.ts";
import type { RenditionReport, TaskEvent, TaskReport } from "../../../protocol/report.ts";
import type { TaskSpec } from "../../../protocol/task.ts";
import { makePlan } from "../../../workers/pipeline/plan/make-plan.ts";
import type { Plan } from "../../../workers/pipeline/plan/plan.ts";
import type { PlannedTask } from "../../../workers/pipeline/plan/plan-tasks.ts";
import { ordinaryRecipe, type Recipe } from "../../../workers/pipeline/plan/recipe.ts";
import { needsRemux } from "../../../workers/pipeline/storage/source-of.ts";
import { type StorageServer, startStorage } from "./storage-server.ts";

/** One transcoder, and no first rendition before the others. */
export const fleet = { slots: 1, processors: 2, earlyPublishAfterSeconds: 3600, chunkSegments: 8 };

/** Outcome of a film. */
export interface TranscodedFilm {
  storage: StorageServer;
  plan: Plan;
  reports: TaskReport[];
  inspection: Inspection;
}

/** Runs one task to its last event, against `storage` in the Worker's place. */
export async function runSpec(
  storage: StorageServer,
  spec: TaskSpec,
  signal: AbortSignal = new AbortController().signal,
): Promise<TaskEvent> {
  return await runTask(spec, storage.url, { signal, onProgress: () => undefined });
}

/** Inspects what `storage` serves as the source. */
export async function inspectSource(storage: StorageServer): Promise<TaskEvent> {
  return await runSpec(storage, { kind: "inspect", bytes: storage.objects.get("/source")?.byteLength ?? 0 });
}

/**
 * Runs all of a film's tasks; `cut` may replace the planned ones by others. Close `storage` when done with it.
 * @throws Error with the event of a task that failed.
 */
export async function transcodeFilm(
  file: string,
  cut: (tasks: PlannedTask[], plan: Plan) => TaskSpec[] = (tasks) => tasks.map(({ spec }) => spec),
  recipe: Recipe = ordinaryRecipe,
): Promise<TranscodedFilm> {
  const storage = await startStorage(file);
  try {
    const reports: TaskReport[] = [];
    let inspected = reportOf(await inspectSource(storage));
    reports.push(inspected);
    if (inspected.inspection !== undefined && needsRemux(inspected.inspection.container)) {
      const { container, bytes } = inspected.inspection;
      reports.push(reportOf(await runSpec(storage, { kind: "remux", container, bytes })));
      storage.objects.set("/source", storage.objects.get("/copy") ?? Buffer.alloc(0));
      inspected = reportOf(await inspectSource(storage));
      reports.push(inspected);
    }
    const { inspection } = inspected;
    if (inspection === undefined) throw new Error("no inspection");
    const { plan, tasks } = await makePlan(inspection, { etag: "e", language: null }, fleet, recipe);
    for (const spec of cut(tasks, plan)) reports.push(reportOf(await runSpec(storage, spec)));
    return { storage, plan, reports, inspection };
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/** The reports of one rendition, in the order of its chunks. */
export function renditionReports(reports: TaskReport[], key: string): RenditionReport[] {
  return reports.flatMap((report) => report.renditions.filter((rendition) => rendition.key === key));
}

/** Decodes all of a rendition as one MP4: what FFmpeg complains about, and each frame's time counted from the first one. */
export function decodeRendition(
  storage: StorageServer,
  reports: RenditionReport[],
): { frames: number; errors: string; pts: number[] } {
  const key = reports[0]?.key ?? "";
  const parts = ["init.mp4", ...reports.flatMap((report) => report.segments.map(({ file }) => file))];
  const folder = mkdtempSync(path.join(tmpdir(), "marquee-test-"));
  try {
    const file = path.join(folder, `${key}.mp4`);
    writeFileSync(
      file,
      Buffer.concat(parts.map((part) => storage.objects.get(`/media/${key}/${part}`) ?? Buffer.alloc(0))),
    );
    const errors = execFileSync("ffmpeg", ["-v", "error", "-xerror", "-i", file, "-f", "null", "-"], {
      encoding: "utf8",
    });
    const args = ["-v", "error", "-show_entries", "frame=pts", "-of", "csv=p=0", file];
    const lines = execFileSync("ffprobe", args, { encoding: "utf8" }).split(/[,\n]+/);
    const shown = lines.filter((line) => line !== "").map(Number);
    // ffprobe adds the largest negative composition offset to every time; players don't, so times count from the first.
    const pts = shown.map((time) => time - (shown[0] ?? 0));
    return { frames: pts.length, errors, pts };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function reportOf(event: TaskEvent): TaskReport {
  if (event.type !== "done") throw new Error(JSON.stringify(event));
  return event.report;
}
