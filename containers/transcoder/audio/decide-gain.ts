/** Decides on the gain of a track, so that films sound alike. */
import { sampleRate } from "../../../protocol/codecs.ts";
import type { AudioTask } from "../../../protocol/task.ts";

/** The measures of a track (ITU-R BS.1770, EBU R 128); `integratedLufs` is null when there is nothing but silence. */
export interface MeasuredLoudness {
  integratedLufs: number | null;
  truePeakDbtp: number | null;
}

/** A constant gain, and whether peaks have to be held down with it. */
export interface Gain {
  gainDb: number;
  isLimited: boolean;
}

/**
 * One gain for the whole track, so that its dynamics stay as they were mixed. A limiter only catches the peaks that
 * would come over the ceiling, and never takes more than `maxLimitingDb` of them: what would need more stays quieter.
 * Silence is left alone.
 */
export function decideGain(measured: MeasuredLoudness, aim: AudioTask["loudness"]): Gain {
  const { integratedLufs, truePeakDbtp } = measured;
  if (integratedLufs === null || truePeakDbtp === null) return { gainDb: 0, isLimited: false };
  const wanted = Math.min(aim.maxGainDb, aim.targetLufs - integratedLufs);
  const allowed = aim.ceilingDbtp + aim.maxLimitingDb - truePeakDbtp;
  // Measures have one decimal, and so has the gain: no more digits than are known.
  const gainDb = Math.round(Math.min(wanted, allowed) * 10) / 10;
  return { gainDb, isLimited: truePeakDbtp + gainDb > aim.ceilingDbtp };
}

/**
 * The same as an FFmpeg filter; null when the track stays as it is. Limits in four times the rate, as true peaks are
 * measured.
 */
export function gainFilter({ gainDb, isLimited }: Gain, ceilingDbtp: number, samples: number): string | null {
  const filters = gainDb === 0 ? [] : [`volume=${gainDb}dB:precision=float`];
  if (isLimited) {
    const limit = (10 ** (ceilingDbtp / 20)).toFixed(6);
    filters.push(
      `aresample=${4 * sampleRate}`,
      `alimiter=level=false:limit=${limit}:attack=5:release=50:latency=true`,
      `aresample=${sampleRate}`,
      `apad=whole_len=${samples}`,
      `atrim=end_sample=${samples}`,
    );
  }
  return filters.length === 0 ? null : filters.join(",");
}
