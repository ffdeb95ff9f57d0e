/** Limits of the system on a process and all that it starts, where the system offers them (Linux with util-linux). */
import { existsSync } from "node:fs";

/** Programs of util-linux that run another one in their own place. Elsewhere only our own watching bounds a process. */
const prlimit = "/usr/bin/prlimit";
const setpriv = "/usr/bin/setpriv";

const hasPrlimit = existsSync(prlimit);
const hasSetpriv = existsSync(setpriv);

/** The most that a process may have. */
export interface ProcessLimits {
  /**
   * Memory that it may write to (RLIMIT_DATA), bytes; not address space, of which threads reserve far more than they use.
   * Beyond it allocations fail, which FFmpeg reports in words.
   */
  dataBytes: number;
  /** Size of the largest file that it may write (RLIMIT_FSIZE), bytes. */
  fileBytes: number;
}

/**
 * The beginning of a command line that holds the program behind it to these limits, leaves no core file, and ends it with
 * whoever started it, however that one ends. Empty where the system has no such programs.
 *
 * Only the soft limits are set, so that a tool may have other ones than the process that starts it. There is none on the
 * number of processes (RLIMIT_NPROC): Linux counts all of a user's, so a busy laptop would run out of them, and not for root.
 */
export function underLimits({ dataBytes, fileBytes }: ProcessLimits): string[] {
  return [
    ...(hasSetpriv ? [setpriv, "--pdeathsig", "KILL", "--"] : []),
    ...(hasPrlimit ? [prlimit, `--data=${dataBytes}:`, `--fsize=${fileBytes}:`, "--core=0:", "--"] : []),
  ];
}
