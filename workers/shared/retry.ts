/** Pauses between tries, milliseconds: long enough for a storage node to fail over, far shorter than a lease. */
const pausesMs = [250, 1000, 4000];

/**
 * Runs something repeatable, and repeats it a few times when it fails: the work of minutes must not be lost to one failed
 * write. @throws the last try's error
 */
export async function retry<T>(what: string, act: () => Promise<T>): Promise<T> {
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
