/** The addresses and times of a representation's segments (ISO/IEC 23009-1, 5.3.9.4 and 5.3.9.6). */
import type { TrackTimeline } from "./track-timeline.ts";
import { element } from "./write-xml.ts";

/** The SegmentTemplate of tracks that all have this timeline. URLs are relative to the manifest. */
export function segmentTemplate({ timescale, segments }: TrackTimeline): string {
  for (const [n, { file }] of segments.entries()) {
    if (file !== `seg-${String(n).padStart(5, "0")}.m4s`) throw new Error(`${file} is not segment ${n}`);
  }
  return element(
    "SegmentTemplate",
    {
      timescale,
      startNumber: 0,
      initialization: "$RepresentationID$/init.mp4",
      media: "$RepresentationID$/seg-$Number%05d$.m4s",
    },
    [element("SegmentTimeline", {}, runs(segments))],
  );
}

/** A key that is equal for tracks with equal timelines. */
export function timelineKey({ timescale, segments }: TrackTimeline): string {
  return `${timescale} ${runs(segments).join("")}`;
}

/** One `S` for each run of segments that follow each other with equal lengths. */
function runs(segments: TrackTimeline["segments"]): string[] {
  const found: { start: number; duration: number; repeats: number }[] = [];
  for (const { start, duration } of segments) {
    const last = found.at(-1);
    const follows =
      last !== undefined &&
      last.start + last.duration * (last.repeats + 1) === start &&
      last.duration === duration;
    if (follows) last.repeats++;
    else found.push({ start, duration, repeats: 0 });
  }
  return found.map(({ start, duration, repeats }) =>
    element("S", { t: start, d: duration, r: repeats === 0 ? null : repeats }),
  );
}
