/** The recent rate of a transfer. */

/** Only this far back, milliseconds: a guess for the rest should follow the connection as it is now. */
const windowMs = 15_000;
/** Before this much has been seen, milliseconds, a rate would be noise. */
const leastMs = 500;

/** A moment of a transfer: Unix milliseconds, and how many bytes had moved by then. */
export interface Sample {
  at: number;
  bytes: number;
}

/** The samples still worth keeping, with the new one. Going back (a resumed request) starts anew. */
export function addSample(samples: readonly Sample[], sample: Sample): Sample[] {
  const last = samples.at(-1);
  if (last !== undefined && sample.bytes < last.bytes) return [sample];
  return [...samples.filter(({ at }) => at >= sample.at - windowMs), sample];
}

/** Bytes per second over the samples; null while there are too few. */
export function rateOf(samples: readonly Sample[]): number | null {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined || last.at - first.at < leastMs) return null;
  return ((last.bytes - first.bytes) * 1000) / (last.at - first.at);
}
