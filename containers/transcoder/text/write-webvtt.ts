/** Cuts a subtitle track into WebVTT segments for HLS. */

import type { Grid } from "../../../protocol/grid.ts";
import { maxTextSegmentBytes } from "../../../protocol/planned-output.ts";
import { framesToSeconds } from "../../../protocol/rational.ts";
import type { Cue } from "./read-ass.ts";

/** One segment: where it lies on the grid, in ticks, how many cues it holds, and its text. */
export interface TextSegment {
  start: number;
  duration: number;
  cues: number;
  /** Cues that there was no room for. */
  left: number;
  text: string;
}

/** Cue settings (W3C WebVTT §4.4): line 0 is the topmost one; no setting is the bottom. */
const settings = { bottom: "", middle: " line:50%", top: " line:0" } as const;

/** More cues than this in a minute are shown to nobody. */
const maxCuesPerSegment = 1000;

// Media time 0 is cue time 0 (RFC 8216 §3.5): the tracks' decode times start at 0 too.
const header = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n";

/**
 * Segments that end where every `segmentsPerFile`-th video segment ends, over the whole length of the film (Apple's
 * authoring specification, 5.5), also where nobody speaks. A cue that crosses an end is in both segments. They come one by
 * one, so that a track of hours with a cue that stands in all of it is never in memory as a whole.
 * @param cues on the source's clock; cues outside of the film are dropped, or cut.
 */
export function* writeWebvtt(
  cues: readonly Cue[],
  grid: Grid,
  segmentsPerFile: number,
): Generator<TextSegment, void, undefined> {
  const secondsOf = (frame: number): number => framesToSeconds(frame, grid.frameRate);
  const lengthMs = Math.round(secondsOf(grid.frames) * 1000);
  const timed = cues
    .map((cue) => ({
      ...cue,
      start: Math.max(0, Math.round((cue.start - grid.originSeconds) * 1000)),
      end: Math.min(lengthMs, Math.round((cue.end - grid.originSeconds) * 1000)),
    }))
    .filter((cue) => cue.end > cue.start)
    .sort((a, b) => a.start - b.start);
  const step = grid.segmentFrames * segmentsPerFile;
  let shown: typeof timed = [];
  let next = 0;
  for (let frame = 0; frame < grid.frames; frame += step) {
    const end = Math.min(grid.frames, frame + step);
    const fromMs = secondsOf(frame) * 1000;
    const untilMs = secondsOf(end) * 1000;
    shown = shown.filter((cue) => cue.end > fromMs);
    for (let cue = timed[next]; cue !== undefined && cue.start < untilMs; cue = timed[++next]) {
      if (cue.end > fromMs) shown.push(cue);
    }
    const { text, count } = writeSegment(shown);
    yield {
      start: frame * grid.frameTicks,
      duration: (end - frame) * grid.frameTicks,
      cues: count,
      left: shown.length - count,
      text,
    };
  }
}

/** Writes as many of the cues, in their order, as a segment has room for. */
function writeSegment(cues: readonly Cue[]): { text: string; count: number } {
  let text = header;
  let bytes = text.length;
  let count = 0;
  for (const cue of cues.slice(0, maxCuesPerSegment)) {
    const block = `\n${timeOf(cue.start)} --> ${timeOf(cue.end)}${settings[cue.place]}\n${cue.text}\n`;
    bytes += Buffer.byteLength(block);
    if (bytes > maxTextSegmentBytes) break;
    text += block;
    count += 1;
  }
  return { text, count };
}

/** `hh:mm:ss.ttt`. */
function timeOf(ms: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const seconds = ms / 1000;
  const thousandths = String(ms % 1000).padStart(3, "0");
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}.${thousandths}`;
}
