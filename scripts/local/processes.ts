/** Looking at and ending processes by group, on Linux through /proc (slim images have no `ps`), elsewhere through `ps`. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** A running process. */
export interface RunningProcess {
  pid: number;
  parentId: number;
  groupId: number;
  command: string;
}

/** All processes that we may see; those that end meanwhile are left out. */
export function listProcesses(): RunningProcess[] {
  if (!existsSync("/proc/self/stat")) {
    return execFileSync("ps", ["-axo", "pid=,ppid=,pgid=,command="], { encoding: "utf8" })
      .split("\n")
      .flatMap((line) => {
        const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S.*)$/.exec(line);
        if (match === null) return [];
        const [pid, parentId, groupId] = match.slice(1, 4).map(Number);
        return [{ pid: pid ?? 0, parentId: parentId ?? 0, groupId: groupId ?? 0, command: match[4] ?? "" }];
      });
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = parseStat(readFileSync(`/proc/${name}/stat`, "utf8"));
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        const { parentId, groupId } = stat;
        return stat.state === "Z" ? [] : [{ pid: Number(name), parentId, groupId, command }];
      } catch {
        return [];
      }
    });
}

/** All processes that this one has started, their own among them. */
export function descendantsOf(pid: number): RunningProcess[] {
  const all = listProcesses();
  const below = (parent: number): RunningProcess[] =>
    all.filter(({ parentId }) => parentId === parent).flatMap((child) => [child, ...below(child.pid)]);
  return below(pid);
}

/** Something that no other process with the same number has: when it was started. Null when there is none. */
export function processIdentity(pid: number): string | null {
  try {
    if (!existsSync("/proc/self/stat")) {
      return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim();
    }
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = parseStat(readFileSync(`/proc/${pid}/stat`, "utf8"));
    return stat.state === "Z" ? null : `${boot}/${stat.startTicks}`;
  } catch {
    return null;
  }
}

/** Sends a signal to a whole process group; a group that has ended is fine. */
export function signalGroup(groupId: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-groupId, signal);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && (error.code === "ESRCH" || error.code === "EPERM")))
      throw error;
  }
}

/** Fields of proc(5) `stat`; the command's name (field 2) is in parentheses and may hold spaces. */
function parseStat(text: string): { state: string; parentId: number; groupId: number; startTicks: string } {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return {
    ...{ state: fields[0] ?? "", parentId: Number(fields[1]), groupId: Number(fields[2]) },
    startTicks: fields[19] ?? "",
  };
}
