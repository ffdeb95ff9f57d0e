/**
 * Reads any `traf` (ISO/IEC 14496-12 §8.8.6–8.8.12): several runs, defaults from `trex` and `tfhd`, composition offsets.
 * The transcoder's own reader knows only what its encoder writes.
 */
import { type Box, childBoxes } from "../../../containers/transcoder/isobmff/boxes.ts";
import type { SampleDefaults } from "./read-init.ts";

/** The samples of a track fragment in decoding order; `offset` from the start of the bytes given. Times in ticks. */
export interface TrackRuns {
  trackId: number;
  decodeTime: number;
  samples: { duration: number; compositionOffset: number; offset: number; size: number; isSync: boolean }[];
}

const tfhdFlags = { baseDataOffset: 0x1, descriptionIndex: 0x2, duration: 0x8, size: 0x10, flags: 0x20 };
const trunFlags = {
  dataOffset: 0x1,
  firstSampleFlags: 0x4,
  duration: 0x100,
  size: 0x200,
  flags: 0x400,
  composition: 0x800,
};
const nonSyncSample = 0x10000;

/** More samples than this in one run is no real stream. */
const maxSamples = 1_000_000;

/** @param defaults of the track's `trex`. @throws Error or RangeError when boxes are missing or too short. */
export function readTrackRuns(bytes: Uint8Array, moof: Box, traf: Box, defaults: SampleDefaults): TrackRuns {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = childBoxes(bytes, traf.content, traf.end);
  const tfhd = parts.find((box) => box.type === "tfhd");
  const tfdt = parts.find((box) => box.type === "tfdt");
  if (tfhd === undefined) throw new Error("a traf without tfhd");
  if (tfdt === undefined) throw new Error("a traf without tfdt");

  const header = readHeader(view, tfhd, defaults);
  const samples: TrackRuns["samples"] = [];
  let next = moof.start;
  for (const trun of parts.filter((box) => box.type === "trun")) {
    const run = readRun(view, trun, header, next, moof.start);
    for (const sample of run) samples.push(sample);
    const last = run.at(-1);
    if (last !== undefined) next = last.offset + last.size;
  }
  const is64 = view.getUint8(tfdt.content) === 1;
  const decodeTime = is64 ? Number(view.getBigUint64(tfdt.content + 4)) : view.getUint32(tfdt.content + 4);
  return { trackId: header.trackId, decodeTime, samples };
}

function readHeader(view: DataView, tfhd: Box, defaults: SampleDefaults) {
  const flags = view.getUint32(tfhd.content) & 0xffffff;
  let cursor = tfhd.content + 8;
  if (flags & tfhdFlags.baseDataOffset) cursor += 8;
  if (flags & tfhdFlags.descriptionIndex) cursor += 4;
  const take = (flag: number, otherwise: number): number => {
    if ((flags & flag) === 0) return otherwise;
    cursor += 4;
    return view.getUint32(cursor - 4);
  };
  return {
    trackId: view.getUint32(tfhd.content + 4),
    duration: take(tfhdFlags.duration, defaults.duration),
    size: take(tfhdFlags.size, defaults.size),
    flags: take(tfhdFlags.flags, defaults.flags),
  };
}

/** @param next where the run before ended; @param base what a run's own data offset counts from. */
function readRun(
  view: DataView,
  trun: Box,
  header: SampleDefaults,
  next: number,
  base: number,
): TrackRuns["samples"] {
  const flags = view.getUint32(trun.content) & 0xffffff;
  const signed = view.getUint8(trun.content) === 1;
  const count = view.getUint32(trun.content + 4);
  if (count > maxSamples) throw new Error(`a trun of ${count} samples`);
  let cursor = trun.content + 8;
  const take = (flag: number, otherwise: number): number => {
    if ((flags & flag) === 0) return otherwise;
    cursor += 4;
    return view.getUint32(cursor - 4);
  };
  const dataOffset = take(trunFlags.dataOffset, 0) | 0;
  let offset = flags & trunFlags.dataOffset ? base + dataOffset : next;
  const firstFlags = take(trunFlags.firstSampleFlags, header.flags);
  return Array.from({ length: count }, (_, n) => {
    const duration = take(trunFlags.duration, header.duration);
    const size = take(trunFlags.size, header.size);
    const sampleFlags = take(trunFlags.flags, n === 0 ? firstFlags : header.flags);
    const composition = take(trunFlags.composition, 0);
    const sample = {
      duration,
      compositionOffset: signed ? composition | 0 : composition,
      offset,
      size,
      isSync: (sampleFlags & nonSyncSample) === 0,
    };
    offset += size;
    return sample;
  });
}
