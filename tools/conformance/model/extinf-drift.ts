import type { CmafTrack } from "./presentation.ts";
import { endTicks, startTicks } from "./timeline.ts";

/**
 * The largest distance of sums of EXTINF from the decode times, over any run of segments between two discontinuities.
 * Seconds. Of an I-frame, EXTINF says when the next one comes, so only starts count.
 */
export function extinfDrift({ segments, main, role }: CmafTrack): number {
  let stated = 0;
  let origin: number | null = null;
  let [low, high, worst] = [0, 0, 0];
  const compare = (ticks: number): void => {
    const difference = ticks / main.timescale - stated;
    origin ??= difference;
    low = Math.min(low, difference - origin);
    high = Math.max(high, difference - origin);
    worst = Math.max(worst, high - low);
  };
  for (const { entry, media } of segments) {
    if (entry.discontinuity) [origin, low, high] = [null, 0, 0];
    if (media !== null) compare(startTicks(media));
    stated += entry.seconds;
    if (media !== null && role !== "iframes") compare(endTicks(media));
  }
  return worst;
}
