/** The work of assets by kind of task, as their sums and their running tasks tell it. */
import type { tasks } from "../../catalog/schema.ts";
import type { RunningTask, TaskSums } from "../../pipeline/tasks/task-sums.ts";

/** The tasks of one kind of one asset. */
export interface KindWork {
  kind: (typeof tasks.kind.enumValues)[number];
  total: number;
  done: number;
  failed: number;
  running: number;
  /** 0…total: finished tasks plus the fractions of the running ones, each weighed by its planned seconds. */
  completed: number;
  /** Processor seconds of the finished tasks. */
  cpuSeconds: number;
}

/** The work of one asset. Pure. */
export function countWork(sums: TaskSums, running: RunningTask[]): KindWork[] {
  return Object.entries(sums.kinds).map(([name, work]) => {
    // Keys of a record of kinds.
    const kind = name as KindWork["kind"];
    const begun = running
      .filter((task) => task.kind === kind)
      .reduce((sum, { plannedSeconds, progress }) => sum + plannedSeconds * progress, 0);
    const { total, done, failed, running: runs, cpuSeconds, plannedSeconds, doneSeconds } = work;
    const completed = plannedSeconds === 0 ? done : (total * (doneSeconds + begun)) / plannedSeconds;
    return { kind, total, done, failed, running: runs, completed, cpuSeconds };
  });
}
