/** The peak memory of the tools that this process starts, seen from outside (Linux). */
import { readdirSync, readFileSync } from "node:fs";

const sampleMs = 20;

/** Starts watching. `stop` tells the largest VmHWM of any direct child meanwhile, bytes; 0 where there is no /proc. */
export function watchMemory(): { stop: () => number } {
  let peak = 0;
  const sample = (): void => {
    for (const pid of childrenOf(process.pid)) {
      try {
        const status = readFileSync(`/proc/${pid}/status`, "utf8");
        peak = Math.max(peak, Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024);
      } catch {
        // it has ended in between
      }
    }
  };
  const timer = setInterval(sample, sampleMs);
  return {
    stop: () => {
      sample();
      clearInterval(timer);
      return peak;
    },
  };
}

function childrenOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8")
        .split(" ")
        .filter((child) => child !== ""),
    );
  } catch {
    return [];
  }
}
