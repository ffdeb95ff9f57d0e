/** A media segment (ISO/IEC 14496-12 §8.8) as facts: where its fragments and samples lie, in time and in bytes. */
import {
  type Box,
  childBoxes,
  findBox,
  readBoxHeader,
} from "../../../containers/transcoder/isobmff/boxes.ts";
import { isIdr } from "./is-random-access.ts";
import type { InitTrack } from "./read-init.ts";
import { readTrackRuns } from "./read-track-runs.ts";

/** One coded picture or audio frame. Times in ticks. */
export interface Sample {
  duration: number;
  /** Added to the decode time, it gives the time it is shown at. */
  compositionOffset: number;
  /** The end of its bytes, from the segment's start. */
  endByte: number;
  /** Decoding can start here: by its own bytes where the codec is known, else by its sync flag. */
  isRandomAccess: boolean;
}

/** A `moof` with its samples of the main track. */
export interface Fragment {
  /** The start of the `moof`, from the segment's start, bytes. */
  offset: number;
  sequenceNumber: number;
  /** `tfdt`: ticks. */
  decodeTime: number;
  samples: Sample[];
}

/** A segment. */
export interface Segment {
  fragments: Fragment[];
  /** Of all tracks that have samples in it. */
  trackIds: number[];
}

/**
 * Reads a segment, or its first bytes (an I-frame's range ends inside the `mdat`): samples whose bytes are missing are
 * random access by their flag alone. @param main the track whose samples are wanted.
 * @throws Error when the boxes are no fragments.
 */
export function readSegment(bytes: Uint8Array, main: InitTrack): Segment {
  const fragments: Fragment[] = [];
  const trackIds = new Set<number>();
  for (const moof of topLevel(bytes).filter((box) => box.type === "moof")) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const sequenceNumber = view.getUint32(findBox(bytes, ["mfhd"], moof.content, moof.end).content + 4);
    for (const traf of childBoxes(bytes, moof.content, moof.end).filter((box) => box.type === "traf")) {
      const runs = readTrackRuns(bytes, moof, traf, main.defaults);
      if (runs.samples.length > 0) trackIds.add(runs.trackId);
      if (runs.trackId !== main.id) continue;
      const samples = runs.samples.map(({ offset, size, isSync, ...times }): Sample => {
        const endByte = offset + size;
        const coded = endByte <= bytes.byteLength ? isIdr(bytes.subarray(offset, endByte), main.entry) : null;
        return { ...times, endByte, isRandomAccess: coded ?? isSync };
      });
      fragments.push({ offset: moof.start, sequenceNumber, decodeTime: runs.decodeTime, samples });
    }
  }
  if (fragments.length === 0) throw new Error(`no fragment of track ${main.id}`);
  return { fragments, trackIds: [...trackIds] };
}

/** The boxes of a file; the last one may be cut off. */
function topLevel(bytes: Uint8Array): Box[] {
  const boxes: Box[] = [];
  for (let offset = 0; offset < bytes.byteLength; ) {
    const box = readBoxHeader(bytes, offset);
    if (box === null || box.end < box.content) throw new Error(`no whole box at ${offset}`);
    boxes.push(box);
    offset = box.end;
  }
  return boxes;
}
