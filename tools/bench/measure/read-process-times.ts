/** Processor times of this machine's processes (Linux, through /proc). */
import { readdirSync, readFileSync } from "node:fs";

const clockTicksPerSecond = 100; // USER_HZ

/** A process: its parent, its program's name, and the user and system time it has used, seconds. */
export interface ProcessTimes {
  parent: number;
  name: string;
  /** Of its own. */
  seconds: number;
  /** Of its children that have ended and were waited for. */
  childSeconds: number;
}

/** All processes by pid; one that ends meanwhile is left out. */
export function readProcessTimes(): Map<number, ProcessTimes> {
  const all = new Map<number, ProcessTimes>();
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      const nameEnd = stat.lastIndexOf(")");
      // Fields of proc(5), the state being the 0th here.
      const fields = stat
        .slice(nameEnd + 2)
        .split(" ")
        .map(Number);
      const seconds = (...at: number[]) =>
        at.reduce((sum, field) => sum + (fields[field] ?? 0), 0) / clockTicksPerSecond;
      all.set(Number(entry), {
        parent: fields[1] ?? 0,
        name: stat.slice(stat.indexOf("(") + 1, nameEnd),
        seconds: seconds(11, 12),
        childSeconds: seconds(13, 14),
      });
    } catch {
      // it has ended in between
    }
  }
  return all;
}

/** The processes of this program's name below `root`, at any depth. */
export function descendantsNamed(name: string, root: number = process.pid): number[] {
  const all = readProcessTimes();
  return [...all].filter(([pid, it]) => it.name === name && isBelow(all, pid, root)).map(([pid]) => pid);
}

/** True when `pid` was started by `root`, at any depth. */
export function isBelow(all: Map<number, ProcessTimes>, pid: number, root: number): boolean {
  const parent = all.get(pid)?.parent;
  return parent !== undefined && (parent === root || isBelow(all, parent, root));
}

/**
 * Sums the processor seconds of all descendants so far, with those that have ended and were waited for. Measure before
 * and after; a process that dies unwaited in between is missing.
 */
export function cpuOfChildren(root: number = process.pid): number {
  const all = readProcessTimes();
  let seconds = 0;
  for (const [pid, process] of all) {
    if (isBelow(all, pid, root)) seconds += process.seconds + process.childSeconds;
  }
  return seconds;
}
