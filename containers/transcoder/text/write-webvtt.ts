/** Cuts a subtitle track into WebVTT segments for HLS. */

import type { Grid } from "../../../protocol/grid.ts";
import { framesToSeconds } from "../../../protocol/rational.ts";
import type { Cue } from "./read-ass.ts";

/** One segment: where it lies on the grid, in ticks, how many cues it holds, and its text. */
export interface TextSegment {
  start: number;
  duration: number;
  cues: number;
  text: string;
}

/** Cue settings (W3C WebVTT §4.4): line 0 is the topmost one; no setting is the bottom. */
const settings = { bottom: "", middle: " line:50%", top: " line:0" } as const;

/**
 * Segments that end where every `segmentsPerFile`-th video segment ends, over the whole length of the film (Apple's
 * authoring specification, 5.5), also where nobody speaks. A cue that crosses an end is in both segments.
 * @param cues on the source's clock; cues outside of the film are dropped, or cut.
 */
export function writeWebvtt(cues: readonly Cue[], grid: Grid, segmentsPerFile: number): TextSegment[] {
  const secondsOf = (frame: number): number => framesToSeconds(frame, grid.frameRate);
  const lengthMs = Math.round(secondsOf(grid.frames) * 1000);
  const timed = cues
    .map((cue) => ({
      ...cue,
      start: Math.max(0, Math.round((cue.start - grid.originSeconds) * 1000)),
      end: Math.min(lengthMs, Math.round((cue.end - grid.originSeconds) * 1000)),
    }))
    .filter((cue) => cue.end > cue.start);
  const step = grid.segmentFrames * segmentsPerFile;
  const segments: TextSegment[] = [];
  for (let frame = 0; frame < grid.frames; frame += step) {
    const end = Math.min(grid.frames, frame + step);
    const fromMs = secondsOf(frame) * 1000;
    const untilMs = secondsOf(end) * 1000;
    const own = timed.filter((cue) => cue.start < untilMs && cue.end > fromMs);
    segments.push({
      start: frame * grid.frameTicks,
      duration: (end - frame) * grid.frameTicks,
      cues: own.length,
      text: [
        // Media time 0 is cue time 0 (RFC 8216 §3.5): the tracks' decode times start at 0 too.
        "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n",
        ...own.map(
          (cue) => `${timeOf(cue.start)} --> ${timeOf(cue.end)}${settings[cue.place]}\n${cue.text}\n`,
        ),
      ].join("\n"),
    });
  }
  return segments;
}

/** `hh:mm:ss.ttt`. */
function timeOf(ms: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const seconds = ms / 1000;
  const thousandths = String(ms % 1000).padStart(3, "0");
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}.${thousandths}`;
}
