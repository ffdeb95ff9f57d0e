import { withTimeout } from "./with-timeout.ts";

/** Pauses between tries, milliseconds: long enough for a storage node to fail over, far shorter than a lease. */
const pausesMs = [250, 1000, 4000];

/** Longest wait for one try, milliseconds. */
const tryMs = 120_000;

/**
 * Runs something repeatable, and repeats it a few times when it fails: the work of minutes must not be lost to one failed
 * write. @param isFinal an error that no other try mends @throws the last try's error
 */
export async function withRetry<T>(
  what: string,
  act: () => Promise<T>,
  isFinal: (error: unknown) => boolean = () => false,
): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      return await withTimeout(what, tryMs, act);
    } catch (error) {
      if (isFinal(error)) throw error;
      console.warn("trying again to", what, error);
      await scheduler.wait(pauseMs);
    }
  }
  return await withTimeout(what, tryMs, act);
}
