/** Trying again by itself: sooner at first, and as late as the service asks for. */

/** Pauses before the first tries in a row, and before all further ones, ms. */
const pausesMs = [1000, 2000, 4000, 8000, 15_000];
const longestPauseMs = 60_000;

/** The pause before a try, ms. @param failures tries in a row that failed; @param askedMs what the service asks for; null: nothing */
export function pauseBefore(failures: number, askedMs: number | null): number {
  const own = pausesMs[Math.min(failures, pausesMs.length) - 1] ?? 0;
  return Math.min(longestPauseMs, Math.max(own, askedMs ?? 0));
}

/** A task that is tried again and again until it works. */
export interface Retries {
  /** Plans the next try. @param askedMs see {@link pauseBefore} */
  failed(askedMs: number | null): void;
  /** It works: nothing is planned any more. */
  worked(): void;
}

/** Calls `act` some time after each failure; `act` says how it went. */
export function tryAgain(act: () => void): Retries {
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    failed(askedMs) {
      failures += 1;
      clearTimeout(timer);
      timer = setTimeout(act, pauseBefore(failures, askedMs));
    },
    worked() {
      failures = 0;
      clearTimeout(timer);
    },
  };
}
