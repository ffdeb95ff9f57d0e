/** Pauses between tries: long enough for a storage node to change over, far shorter than a lease, milliseconds. */
const pausesMs = [250, 1000, 4000];

/**
 * Does something that may be repeated, and does it again a few times when it fails: what took minutes to encode must not
 * be lost to one write that failed. @throws what the last try threw.
 */
export async function withRetry<T>(what: string, act: () => Promise<T>): Promise<T> {
  for (const pauseMs of pausesMs) {
    try {
      return await act();
    } catch (error) {
      console.warn("trying again to", what, error);
      await scheduler.wait(pauseMs);
    }
  }
  return await act();
}
