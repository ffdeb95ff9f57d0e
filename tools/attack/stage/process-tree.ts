/** The processes of a service as the kernel shows them in /proc (Linux only). */
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** A process, and whom it belongs to. */
export interface SeenProcess {
  pid: number;
  parent: number;
  /** Memory that it really has, bytes (VmRSS). */
  residentBytes: number;
  command: string;
}

/** True where processes can be looked at. */
export const canSeeProcesses = existsSync("/proc/self/status");

/** All processes of this machine that may be read. One that ends meanwhile is left out. */
export function listProcesses(): SeenProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const status = readFileSync(`/proc/${name}/status`, "utf8");
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        const field = (pattern: RegExp): number => Number(pattern.exec(status)?.[1] ?? 0);
        return [
          {
            pid: Number(name),
            parent: field(/^PPid:\s+(\d+)/m),
            residentBytes: field(/^VmRSS:\s+(\d+) kB/m) * 1024,
            command,
          },
        ];
      } catch {
        return [];
      }
    });
}

/** A process and all that descend from it; empty when it is not there. Pure. */
export function treeOf(root: number, all: readonly SeenProcess[]): SeenProcess[] {
  const tree = all.filter(({ pid }) => pid === root);
  for (const one of tree) tree.push(...all.filter(({ pid, parent }) => parent === one.pid && pid !== root));
  return tree;
}

/** The memory of a tree together, bytes. Pages that its processes share count for each. Pure. */
export function residentBytesOf(tree: readonly SeenProcess[]): number {
  return tree.reduce((sum, { residentBytes }) => sum + residentBytes, 0);
}
