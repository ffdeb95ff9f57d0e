/** Follows a source to its end, as the pipeline would decide it: every task's failure is believed after its last attempt. */

import type { TaskReport } from "../../../protocol/report.ts";
import type { TaskSpec } from "../../../protocol/task.ts";
import { makePlan } from "../../../workers/pipeline/plan/make-plan.ts";
import { needsRemux } from "../../../workers/pipeline/storage/source-of.ts";
import { decideRetry } from "../../../workers/pipeline/tasks/decide-retry.ts";
import { maxAttempts } from "../../../workers/pipeline/tasks/task-lease.ts";
import { type StorageServer, startStorage } from "./storage-server.ts";
import { fleet, inspectSource, runSpec, type TranscodedFilm } from "./transcode-film.ts";

/** `ready`, or the code and the sentence that the producer sees; and what it cost. */
export interface SourceEnd {
  code: string;
  detail: string;
  /** Paths that were asked for, each once. */
  paths: string[];
  peakBytes: number;
  warnings: string[];
  /** What was made, when it is `ready`; its server is closed. */
  film: TranscodedFilm | null;
}

/** Takes a file through all its tasks until one fails for good. */
export async function followSource(file: string): Promise<SourceEnd> {
  const storage = await startStorage(file);
  const reports: TaskReport[] = [];
  const end = (code: string, detail: string, film: TranscodedFilm | null = null): SourceEnd => ({
    film,
    code,
    detail,
    paths: [...new Set(storage.requests)],
    peakBytes: Math.max(0, ...reports.map(({ usage }) => usage.peakBytes)),
    warnings: reports.flatMap(({ warnings }) => (warnings ?? []).map((warning) => warning.code)),
  });
  try {
    const made = await followTasks(storage, reports);
    return "code" in made ? end(made.code, made.detail) : end("ready", "", made);
  } finally {
    await storage.close();
  }
}

async function followTasks(
  storage: StorageServer,
  reports: TaskReport[],
): Promise<{ code: string; detail: string } | TranscodedFilm> {
  const attempt = async (spec: TaskSpec | "inspect"): Promise<{ code: string; detail: string } | null> => {
    const event = spec === "inspect" ? await inspectSource(storage) : await runSpec(storage, spec);
    if (event.type === "done") reports.push(event.report);
    if (event.type !== "failed") return null;
    const task = { attempts: maxAttempts, deaths: 0, errorCode: event.failure.code };
    const decision = decideRetry({ ...event.failure, end: "told" }, task);
    if (decision.retry) throw new Error("the last attempt is never tried again");
    return decision.error;
  };
  let failure = await attempt("inspect");
  const first = reports.at(-1)?.inspection;
  if (failure === null && first !== undefined && needsRemux(first.container)) {
    failure = await attempt({ kind: "remux", container: first.container, bytes: first.bytes });
    storage.objects.set("/source", storage.objects.get("/copy") ?? Buffer.alloc(0));
    failure ??= await attempt("inspect");
  }
  const inspection = reports.at(-1)?.inspection;
  if (failure !== null) return failure;
  if (inspection === undefined) throw new Error("an inspection that is done reports one");
  const { plan, tasks } = await makePlan(inspection, { etag: "e", language: null }, fleet);
  for (const { spec } of tasks) failure ??= await attempt(spec);
  return failure ?? { storage, plan, reports, inspection };
}
