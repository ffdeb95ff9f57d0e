/** Looking at and ending processes by group, on Linux through /proc (slim images have no `ps`), elsewhere through `ps`. */
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** A running process. */
export interface RunningProcess {
  pid: number;
  groupId: number;
  command: string;
}

/** All processes that we may see; those that end meanwhile are left out. */
export function listProcesses(): RunningProcess[] {
  if (!existsSync("/proc/self/stat")) {
    return execFileSync("ps", ["-axo", "pid=,pgid=,command="], { encoding: "utf8" })
      .split("\n")
      .flatMap((line) => {
        const match = /^\s*(\d+)\s+(\d+)\s+(\S.*)$/.exec(line);
        return match === null
          ? []
          : [{ pid: Number(match[1]), groupId: Number(match[2]), command: match[3] ?? "" }];
      });
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = parseStat(readFileSync(`/proc/${name}/stat`, "utf8"));
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").trim();
        return stat.state === "Z" ? [] : [{ pid: Number(name), groupId: stat.groupId, command }];
      } catch {
        return [];
      }
    });
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
function parseStat(text: string): { state: string; groupId: number; startTicks: string } {
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "", groupId: Number(fields[2]), startTicks: fields[19] ?? "" };
}
