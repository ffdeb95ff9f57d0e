/** Processor time of everything that this process has started. */
import { isBelow, readProcessTimes } from "./read-process-times.ts";

/**
 * Seconds that all descendants have used so far, those included that have ended and were waited for. Take it before and
 * after; a process that dies unwaited in between is missing.
 */
export function cpuOfChildren(root: number = process.pid): number {
  const all = readProcessTimes();
  let seconds = 0;
  for (const [pid, process] of all) {
    if (isBelow(all, pid, root)) seconds += process.seconds + process.childSeconds;
  }
  return seconds;
}
