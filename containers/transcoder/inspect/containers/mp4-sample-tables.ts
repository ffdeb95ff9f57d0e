/**
 * The sample tables of a `moov` (ISO/IEC 14496-12 §8.6–8.7): the stated content of each track, before FFmpeg believes
 * it.
 */
import { type Box, readBoxHeader } from "../../isobmff/boxes.ts";
import { maxMoovBoxes } from "../../task/limits.ts";
import { beyondHold } from "./check-timestamps.ts";

/** A track as its tables describe it. */
export interface SampleTables {
  /** `vide`, `soun`, `tmcd`, … */
  handler: string;
  /** Sample entry of the first description: `avc1`, `encv`, … */
  codec: string;
  samples: number;
  /** Each sample is one tick of sound (PCM): FFmpeg indexes chunks of these and not samples. */
  isPcm: boolean;
  /** Bytes that the samples take at least; 0 when the table does not state it in one number. */
  fixedBytes: number;
  durationSeconds: number;
  heldSeconds: number;
  /** A table that claims more entries than its box holds. */
  isBroken: boolean;
  /** The media lies in another file (a QuickTime reference movie). */
  isExternal: boolean;
}

/** Thrown for an index with more boxes than any film has. */
export class TooManyBoxes extends Error {}

/** Bytes of a table's entry, and how many bytes of the box come before the count. */
const tables = {
  stts: [8, 4],
  ctts: [8, 4],
  stsc: [12, 4],
  stco: [4, 4],
  co64: [8, 4],
  stss: [4, 4],
} as const;

/**
 * Reads all tracks of a `moov`'s content.
 * @throws TooManyBoxes; RangeError or Error when boxes don't fit into each other.
 */
export function readSampleTables(moov: Uint8Array): SampleTables[] {
  const budget = { boxes: maxMoovBoxes };
  const tracks: SampleTables[] = [];
  for (const box of boxesIn(moov, 0, moov.byteLength, budget)) {
    if (box.type === "trak") tracks.push(readTrack(moov, box, budget));
  }
  return tracks;
}

function* boxesIn(bytes: Uint8Array, start: number, end: number, budget: { boxes: number }): Generator<Box> {
  for (let offset = start; offset < end; ) {
    const box = readBoxHeader(bytes, offset);
    if (box === null || box.end > end || box.end < box.content) return; // udta may end in four zero bytes
    if (--budget.boxes < 0) throw new TooManyBoxes();
    yield box;
    offset = box.end;
  }
}

function readTrack(bytes: Uint8Array, trak: Box, budget: { boxes: number }): SampleTables {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = new Map<string, Box>();
  const collect = (parent: Box): void => {
    for (const box of boxesIn(bytes, parent.content, parent.end, budget)) {
      if (!found.has(box.type)) found.set(box.type, box);
      if (["mdia", "minf", "stbl", "dinf"].includes(box.type)) collect(box);
    }
  };
  collect(trak);
  const text = (at: number): string => Buffer.from(bytes.subarray(at, at + 4)).toString("latin1");
  const count = (box: Box, at: number): number => view.getUint32(box.content + at);
  const mdhd = found.get("mdhd");
  const timescale = mdhd === undefined ? 0 : count(mdhd, view.getUint8(mdhd.content) === 1 ? 20 : 12);
  const hdlr = found.get("hdlr");
  const stsd = found.get("stsd");
  const stsz = found.get("stsz") ?? found.get("stz2");
  const entryBytes = stsz?.type === "stsz" ? count(stsz, 4) : 0;
  const samples = stsz === undefined ? 0 : count(stsz, 8);
  const listBytes = stsz?.type === "stsz" ? (entryBytes === 0 ? samples * 4 : 0) : Math.floor(samples / 2);
  let isBroken = stsz !== undefined && stsz.content + 12 + listBytes > stsz.end;
  for (const [type, [size, at]] of Object.entries(tables)) {
    const box = found.get(type);
    if (box !== undefined && box.content + at + 4 + count(box, at) * size > box.end) isBroken = true;
  }
  const stts = found.get("stts");
  const entries = stts === undefined || isBroken ? 0 : count(stts, 4);
  let timed = 0;
  let ticks = 0;
  let heldSeconds = 0;
  let lastDelta = 0;
  for (let n = 0; stts !== undefined && n < entries; n++) {
    const repeated = count(stts, 8 + n * 8);
    lastDelta = count(stts, 12 + n * 8);
    timed += repeated;
    ticks += repeated * lastDelta;
    if (timescale > 0) heldSeconds += repeated * beyondHold(lastDelta / timescale);
  }
  // Writers are off by a sample or two; twice as many times as there are samples is no film.
  if (timed > samples * 2 + 100 && samples > 0) isBroken = true;
  return {
    handler: hdlr === undefined ? "" : text(hdlr.content + 8),
    codec: stsd === undefined || count(stsd, 4) === 0 ? "" : text(stsd.content + 12),
    samples,
    isPcm: entries === 1 && lastDelta === 1,
    fixedBytes: entryBytes * samples,
    durationSeconds: timescale > 0 ? ticks / timescale : 0,
    heldSeconds,
    isBroken,
    isExternal: isExternal(view, found.get("dref"), text),
  };
}

/** A data reference (§8.7.2) with a location and without the flag for "in this file". */
function isExternal(view: DataView, dref: Box | undefined, text: (at: number) => string): boolean {
  if (dref === undefined || dref.content + 20 > dref.end) return false;
  const entry = dref.content + 8;
  const size = view.getUint32(entry);
  const isHere = (view.getUint32(entry + 8) & 1) === 1;
  return ["alis", "url ", "rsrc"].includes(text(entry + 4)) && !isHere && size > 12;
}
