import { slotRoom } from "../scheduler/lanes.ts";
import type { RemainingWork } from "./estimate-eta.ts";
import type { RunningTask, TaskSums } from "./task-sums.ts";

/** A running task's pace counts when it has come this far, and only until one is finished: it has begun slowly. */
const tellingProgress = 0.15;

/** An encode seeks and decodes up to its first frame before it moves, milliseconds. */
const startMs = 1500;

/** After this long the running encode's own pace counts as much as other knowledge, seconds. */
const doubtSeconds = { others: 10, noOther: 3 };

/** The work that an asset still needs, by its sums and its running tasks. Pure. @param now Unix milliseconds */
export function remainingOf(
  sums: TaskSums,
  running: RunningTask[],
  fleetPace: number | null,
  now: number,
): RemainingWork {
  let [heavy, light] = [0, 0];
  for (const [kind, work] of Object.entries(sums.kinds)) {
    const left = work.plannedSeconds - work.doneSeconds;
    if (kind === "video") heavy += left;
    else light += left;
  }
  for (const { kind, plannedSeconds, progress } of running) {
    if (kind === "video") heavy -= plannedSeconds * progress;
    else light -= plannedSeconds * progress;
  }
  return {
    plannedSeconds: Math.max(heavy, light / slotRoom.light),
    pace: lowerMedian(sums.paces) ?? paceOfRunning(running, fleetPace, now),
  };
}

/** The pace of a first encode while it runs: it counts more with every second, and other films' pace, or the plan, less. */
function paceOfRunning(running: RunningTask[], fleetPace: number | null, now: number): number | null {
  let [took, planned] = [0, 0];
  for (const { kind, plannedSeconds, progress, startedAt } of running) {
    if (kind !== "video" || progress < tellingProgress || startedAt === null) continue;
    took += Math.max(1, now - startedAt - startMs) / 1000;
    planned += plannedSeconds * progress;
  }
  if (planned === 0) return null;
  const trust = took / (took + (fleetPace === null ? doubtSeconds.noOther : doubtSeconds.others));
  return (took / planned) * trust + (fleetPace ?? 1) * (1 - trust);
}

/** The middle value, the lower one of two: the first encode of a film is slowed down by all that is done beside it. */
function lowerMedian(values: number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)] ?? null;
}
