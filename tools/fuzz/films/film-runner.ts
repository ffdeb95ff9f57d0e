/** Runs mutants in a process of its own, which is killed with all its tools when one of them takes too long. */
import { type ChildProcess, fork } from "node:child_process";
import path from "node:path";
import { deadlineMs } from "./film-limits.ts";
import type { MutantEnd } from "./film-process.ts";

const program = path.join(import.meta.dirname, "film-process.ts");

/** Takes one film at a time. */
export class FilmRunner {
  #child: ChildProcess | null = null;

  /** Takes a film through its tasks. @returns its end; code `too_slow` or `died` when its process had to be ended, or ended */
  async run(file: string): Promise<MutantEnd> {
    const child = this.#child ?? startProcess();
    this.#child = child;
    const broken = (code: string, detail: string): MutantEnd => {
      this.close();
      return { code, detail, unplayable: null, toolBytes: 0, processBytes: 0 };
    };
    return await new Promise((resolve) => {
      const timer = setTimeout(() => end(broken("too_slow", `not done after ${deadlineMs} ms`)), deadlineMs);
      const onMessage = (message: unknown): void => end(message as MutantEnd);
      const onExit = (code: number | null, signal: string | null): void =>
        end(broken("died", `the process ended with ${code ?? signal}`));
      const end = (outcome: MutantEnd): void => {
        clearTimeout(timer);
        child.off("message", onMessage).off("exit", onExit);
        resolve(outcome);
      };
      child.on("message", onMessage).on("exit", onExit);
      child.send(file);
    });
  }

  /** Ends the process and whatever it has started. */
  close(): void {
    const pid = this.#child?.pid;
    this.#child = null;
    if (pid === undefined) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      // The group has ended already.
    }
  }
}

function startProcess(): ChildProcess {
  // A group of its own, to be killed as a whole.
  return fork(program, {
    detached: true,
    execArgv: ["--no-warnings"],
    stdio: ["ignore", "ignore", "ignore", "ipc"],
  });
}
