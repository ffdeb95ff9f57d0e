/** The surroundings and the outcome of a task of any kind. */
import type { TaskReport } from "../../../protocol/report.ts";
import type { WorkerClient } from "./worker-client.ts";

/** The surroundings of a task: its way to storage, its end before time, and its progress from 0 to 1. */
export interface TaskContext {
  worker: WorkerClient;
  signal: AbortSignal;
  onProgress: (fraction: number) => void;
}

/** A task's report without its wall time. */
export type TaskResult = Omit<TaskReport, "usage"> & { usage: Omit<TaskReport["usage"], "wallSeconds"> };
