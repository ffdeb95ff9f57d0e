/** Processor time of everything that this process has started (Linux, through /proc). */
import { readdirSync, readFileSync } from "node:fs";

const clockTicksPerSecond = 100; // USER_HZ

/**
 * Seconds that all descendants have used so far, those included that have ended and were waited for. Take it before and
 * after; a process that dies unwaited in between is missing.
 */
export function cpuOfChildren(root: number = process.pid): number {
  const all = new Map<number, { parent: number; ticks: number }>();
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat
        .slice(stat.lastIndexOf(")") + 2)
        .split(" ")
        .map(Number);
      // Fields of proc(5), the state being the 0th here: own and waited-for children's user and system time.
      const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + (fields[field] ?? 0), 0);
      all.set(Number(name), { parent: fields[1] ?? 0, ticks });
    } catch {
      // it has ended in between
    }
  }
  const isBelow = (pid: number): boolean => {
    const parent = all.get(pid)?.parent;
    return parent !== undefined && (parent === root || isBelow(parent));
  };
  let ticks = 0;
  for (const [pid, process] of all) if (isBelow(pid)) ticks += process.ticks;
  return ticks / clockTicksPerSecond;
}
