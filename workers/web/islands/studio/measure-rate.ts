/** The window of the rate, milliseconds: long enough to be calm, short enough to be true. */
const windowMs = 8000;

/** Measures a transfer's rate over the last seconds. */
export function measureRate(): (bytes: number, nowMs: number) => number | null {
  const samples: { bytes: number; at: number }[] = [];
  return (bytes, nowMs) => {
    const last = samples.at(-1);
    // Fewer bytes than before: the transfer was resumed at what the server had kept.
    if (last !== undefined && bytes < last.bytes) samples.length = 0;
    samples.push({ bytes, at: nowMs });
    while (samples.length > 2 && nowMs - (samples[0]?.at ?? nowMs) > windowMs) samples.shift();
    const first = samples[0];
    if (first === undefined || nowMs - first.at < 500) return null;
    return ((bytes - first.bytes) * 1000) / (nowMs - first.at);
  };
}
