/** Segments that a quick look reads at the start, in the middle and at the end: two each, so that joins are seen. */
const runLength = 2;

/** Selects the segments to read out of `count`: all, or for a `quick` look the first, middle and last ones. Ascending. */
export function sampleIndexes(count: number, quick: boolean): number[] {
  const starts = quick ? [0, Math.floor(count / 2), count - runLength] : [];
  const all = Array.from({ length: count }, (_, n) => n);
  return quick ? all.filter((n) => starts.some((start) => n >= start && n < start + runLength)) : all;
}
