/** Gaps in a track: in its time, and between the pictures that decoding can start at. */

import type { CmafTrack } from "../model/presentation.ts";
import { endTicks, startTicks } from "../model/timeline.ts";
import { joinsOf } from "./tracks-of.ts";

/** The first fragment that does not start where the one before ended, as a sentence. */
export function firstGap(track: CmafTrack): string | null {
  for (const { entry, media } of track.segments) {
    const fragments = media?.fragments ?? [];
    for (const [n, fragment] of fragments.entries()) {
      const before = fragments[n - 1];
      if (before === undefined) continue;
      const end = endTicks({ fragments: [before], trackIds: [] });
      if (fragment.decodeTime !== end)
        return gap(`fragment ${n} of ${entry.uri}`, fragment.decodeTime, end, track);
    }
  }
  for (const [before, after] of joinsOf(track)) {
    if (before.media === null || after.media === null) continue;
    const [start, end] = [startTicks(after.media), endTicks(before.media)];
    if (start !== end) return gap(after.entry.uri, start, end, track);
  }
  return null;
}

function gap(where: string, start: number, end: number, { main }: CmafTrack): string {
  const seconds = (start - end) / main.timescale;
  return `${where} starts at tick ${start}, the one before ends at ${end} (${seconds.toFixed(4)} s ${seconds > 0 ? "missing" : "twice"})`;
}

/** The longest time between two pictures that decoding can start at. Seconds. */
export function longestKeyFrameGap(track: CmafTrack): number {
  let longest = 0;
  let last: number | null = null;
  for (const { entry, media } of track.segments) {
    if (media === null || entry.discontinuity) last = null;
    for (const { decodeTime, samples } of media?.fragments ?? []) {
      let time = decodeTime;
      for (const sample of samples) {
        if (sample.isRandomAccess) {
          if (last !== null) longest = Math.max(longest, time - last);
          last = time;
        }
        time += sample.duration;
        if (last !== null) longest = Math.max(longest, time - last);
      }
    }
  }
  return longest / track.main.timescale;
}
