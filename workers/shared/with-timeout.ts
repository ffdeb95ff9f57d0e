/** The wait was over before an answer came. */
export class TimedOut extends Error {}

/** Waits for something, but not longer than `ms`. @throws TimedOut, naming `what` did not answer; or what `act` throws */
export async function withTimeout<T>(what: string, ms: number, act: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimedOut(`${what} did not answer within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([act(), late]);
  } finally {
    clearTimeout(timer);
  }
}
