/** The state of a process, as Linux tells it (proc(5), `stat`). */
export interface ProcessSample {
  /** One letter; `T`: a signal has stopped it. */
  state: string;
  cpuSeconds: number;
}

/**
 * A tool that computes nothing and says nothing for this long hangs, milliseconds: four times as long as one of ours waits for a
 * silent server (`-rw_timeout`).
 */
export const stillMs = 60_000;

/** A tool that a signal has stopped goes on when somebody continues it, and nobody does, milliseconds. */
export const stoppedMs = 10_000;

/** Notices that a tool stands still, much sooner than its silence tells: an encoder may be silent for minutes while it works. */
export class Stillness {
  #clock: () => number;
  #cpuSeconds = 0;
  #movedAt: number;
  #runsAt: number;

  /** @param clock milliseconds */
  constructor(clock: () => number) {
    this.#clock = clock;
    this.#movedAt = clock();
    this.#runsAt = clock();
  }

  /** Notes that the tool has said something. */
  moved(): void {
    this.#movedAt = this.#clock();
  }

  /**
   * Looks at the tool. @param isHeldUp its output is not being taken, so that it has to wait for us
   * @returns true when it has stood still for too long
   */
  isStill({ state, cpuSeconds }: ProcessSample, isHeldUp: boolean): boolean {
    const now = this.#clock();
    if (isHeldUp || cpuSeconds !== this.#cpuSeconds) this.#movedAt = now;
    this.#cpuSeconds = cpuSeconds;
    if (state !== "T") this.#runsAt = now;
    return now - this.#movedAt > stillMs || now - this.#runsAt > stoppedMs;
  }
}
