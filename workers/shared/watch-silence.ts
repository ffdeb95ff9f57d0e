/** A watch on something that should be heard of. */
export interface SilenceWatch {
  /** Notes a sign of life; the wait begins anew. */
  heard(): void;
  /** Ends the watch, until something is heard again. */
  end(): void;
}

/** Calls `onSilence` when nothing was heard for `ms` milliseconds, and again after each further `ms`. Begins with the first sign. */
export function watchSilence(ms: number, onSilence: () => void): SilenceWatch {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const end = (): void => {
    if (timer !== null) clearTimeout(timer);
  };
  const start = (): void => {
    end();
    timer = setTimeout(() => {
      start();
      onSilence();
    }, ms);
  };
  return { heard: start, end };
}
