/** Times of loaded tracks, in seconds where nothing else is said. */

import type { Segment } from "../media/read-segment.ts";
import type { CmafTrack, LoadedSegment, Track } from "./presentation.ts";

/** Frames per AAC-LC packet; the length of an audio frame where the samples do not tell. */
const aacFrameSamples = 1024;

/** Ticks of decode time that a segment starts at. */
export function startTicks({ fragments }: Segment): number {
  return fragments[0]?.decodeTime ?? 0;
}

/** Ticks from the last fragment's decode time to its end: where the next segment must start. */
export function endTicks({ fragments }: Segment): number {
  const last = fragments.at(-1);
  return (last?.decodeTime ?? 0) + (last?.samples.reduce((sum, { duration }) => sum + duration, 0) ?? 0);
}

/** Ticks that a segment's samples last. */
export function mediaTicks({ fragments }: Segment): number {
  return fragments.reduce(
    (total, { samples }) => total + samples.reduce((sum, { duration }) => sum + duration, 0),
    0,
  );
}

/** The real duration of a segment; its EXTINF where it was not loaded. */
export function secondsOf(track: Track, { media, entry }: LoadedSegment): number {
  return media === null || track.main === null ? entry.seconds : mediaTicks(media) / track.main.timescale;
}

/** The sum of EXTINF. */
export function statedSeconds({ segments }: Track): number {
  return segments.reduce((sum, { entry }) => sum + entry.seconds, 0);
}

/** The duration of the whole track: measured where all of it was loaded, else the sum of EXTINF. */
export function trackSeconds(track: Track): number {
  return track.segments.reduce((sum, segment) => sum + secondsOf(track, segment), 0);
}

/** The duration of one picture or audio frame of the track, the most common one. */
export function frameSeconds(track: CmafTrack): number {
  const counts = new Map<number, number>();
  for (const { media } of track.segments) {
    for (const { samples } of media?.fragments ?? []) {
      for (const { duration } of samples) counts.set(duration, (counts.get(duration) ?? 0) + 1);
    }
  }
  const [ticks] = [...counts].reduce((most, next) => (next[1] > most[1] ? next : most), [0, 0]);
  return (ticks > 0 ? ticks : aacFrameSamples) / track.main.timescale;
}

/** Frames per second over everything that was loaded; null when nothing was. */
export function framesPerSecond(track: CmafTrack): number | null {
  const loaded = track.segments.flatMap(({ media }) => (media === null ? [] : [media]));
  const ticks = loaded.reduce((sum, media) => sum + mediaTicks(media), 0);
  const frames = loaded.reduce((sum, media) => sum + sampleCount(media), 0);
  return ticks === 0 ? null : (frames * track.main.timescale) / ticks;
}

/** Pictures or audio frames in a segment. */
export function sampleCount({ fragments }: Segment): number {
  return fragments.reduce((sum, { samples }) => sum + samples.length, 0);
}

/** The presentation times of a segment's pictures, ascending, in ticks and without edit lists. */
export function shownTicks({ fragments }: Segment): number[] {
  return fragments
    .flatMap(({ decodeTime, samples }) => {
      let time = decodeTime;
      return samples.map(({ duration, compositionOffset }) => {
        time += duration;
        return time - duration + compositionOffset;
      });
    })
    .sort((a, b) => a - b);
}

/** The time of the first picture or sound, edit lists applied; null when it was not loaded. */
export function firstShownSeconds(track: CmafTrack): number | null {
  const media = track.segments[0]?.media;
  if (media == null) return null;
  const first = shownTicks(media)[0] ?? 0;
  const shift = track.main.edits.find(({ mediaTime }) => mediaTime > 0)?.mediaTime ?? 0;
  // Samples before the edit (audio priming) are not presented.
  return Math.max(first - shift, Math.min(first, 0)) / track.main.timescale;
}

/** The end of each segment, counted from the track's start. */
export function boundaries(track: Track): number[] {
  let end = 0;
  return track.segments.map((segment) => {
    end += secondsOf(track, segment);
    return end;
  });
}
