/** Bit rates as a playlist must state them, measured from stored segments (RFC 8216 §4.1). */

/** A stored piece: its bytes, and how many seconds it plays. */
export interface Timed {
  bytes: number;
  seconds: number;
}

/**
 * The peak: the largest bit rate of any run of contiguous pieces that plays for 0.5 to 1.5 target durations
 * (RFC 8216 §4.1). A track too short for any such run is measured as a whole.
 * @returns bits per second, rounded up.
 */
export function peakBitRate(pieces: Timed[], targetSeconds: number): number {
  let peak = 0;
  for (let first = 0; first < pieces.length; first++) {
    let bytes = 0;
    let seconds = 0;
    for (let last = first; last < pieces.length; last++) {
      bytes += pieces[last]?.bytes ?? 0;
      seconds += pieces[last]?.seconds ?? 0;
      if (seconds > 1.5 * targetSeconds) break;
      if (seconds >= 0.5 * targetSeconds) peak = Math.max(peak, (bytes * 8) / seconds);
    }
  }
  return peak === 0 ? averageBitRate(pieces) : Math.ceil(peak);
}

/** All bits by all seconds, rounded up. */
export function averageBitRate(pieces: Timed[]): number {
  const bytes = pieces.reduce((sum, piece) => sum + piece.bytes, 0);
  const seconds = pieces.reduce((sum, piece) => sum + piece.seconds, 0);
  return seconds === 0 ? 0 : Math.ceil((bytes * 8) / seconds);
}
