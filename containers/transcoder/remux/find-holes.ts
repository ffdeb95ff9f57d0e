/** Counts the pictures that a stream has lost, by its timestamps; for streams whose demuxer found something torn out. */

/** A pause shorter than this is a hiccup of the clock, seconds. */
const shortestHole = 0.2;

/** So few are never called damage: see classify-decode-errors.ts. */
const alwaysAllowed = 12;

/** Share of a whole recording that may be missing: half a minute in a quarter of an hour. */
const maxLostShare = 0.03;

/**
 * Counts the pictures that are missing in holes, by the stream's own usual distance between two pictures.
 * @param times of the pictures, seconds, in any order.
 */
export function findHoles(times: number[]): { lost: number; damaged: boolean } {
  const sorted = times.toSorted((a, b) => a - b);
  const gaps = sorted.slice(1).map((time, n) => time - (sorted[n] ?? time));
  const usual = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
  if (usual <= 0) return { lost: 0, damaged: false };
  const lost = gaps
    .filter((gap) => gap >= shortestHole && gap > usual * 2)
    .reduce((sum, gap) => sum + Math.round(gap / usual) - 1, 0);
  return { lost, damaged: lost > Math.max(alwaysAllowed, (times.length + lost) * maxLostShare) };
}
