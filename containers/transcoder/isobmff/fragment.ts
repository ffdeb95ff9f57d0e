/** One CMAF fragment (ISO/IEC 23000-19 §7.3.2.3): a `moof` and its `mdat`, with a single track. */
import type { VideoCodec } from "../../../protocol/codecs.ts";
import { childBoxes, findBox } from "./boxes.ts";

/** A fragment's samples and where they lie on the track's timeline. */
export interface Fragment {
  bytes: Uint8Array;
  /** `tfdt`: decode time of the first sample, ticks. */
  decodeTime: number;
  sampleSizes: number[];
  sampleDurations: number[];
  /** `trun` composition offsets: how much later than it is decoded each sample is shown, ticks. */
  sampleOffsets: number[];
  /** Offset of the first sample's bytes within the fragment. */
  dataOffset: number;
}

const tfhdFlags = { baseDataOffset: 0x1, descriptionIndex: 0x2, duration: 0x8, size: 0x10, flags: 0x20 };
const trunFlags = {
  dataOffset: 0x1,
  firstSampleFlags: 0x4,
  duration: 0x100,
  size: 0x200,
  flags: 0x400,
  offset: 0x800,
};

/** Parses `moof` + `mdat`. @throws Error when it isn't one track run, which the encoder's flags rule out. */
export function parseFragment(bytes: Uint8Array): Fragment {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const traf = findBox(bytes, ["moof", "traf"]);
  const parts = childBoxes(bytes, traf.content, traf.end);
  const at = (type: string): number => {
    const found = parts.filter((box) => box.type === type);
    const box = found[0];
    if (box === undefined || found.length > 1) throw new Error(`expected one ${type} in the fragment`);
    return box.content;
  };

  const tfhd = at("tfhd");
  const defaults = view.getUint32(tfhd) & 0xffffff;
  let cursor = tfhd + 8;
  if (defaults & tfhdFlags.baseDataOffset) cursor += 8;
  if (defaults & tfhdFlags.descriptionIndex) cursor += 4;
  let defaultDuration = 0;
  if (defaults & tfhdFlags.duration) {
    defaultDuration = view.getUint32(cursor);
    cursor += 4;
  }
  const defaultSize = defaults & tfhdFlags.size ? view.getUint32(cursor) : 0;

  const tfdt = at("tfdt");
  const decodeTime =
    view.getUint8(tfdt) === 1 ? Number(view.getBigUint64(tfdt + 4)) : view.getUint32(tfdt + 4);

  const trun = at("trun");
  const flags = view.getUint32(trun) & 0xffffff;
  const sampleCount = view.getUint32(trun + 4);
  cursor = trun + 8;
  const dataOffset = flags & trunFlags.dataOffset ? view.getInt32(cursor) : 0;
  if (flags & trunFlags.dataOffset) cursor += 4;
  if (flags & trunFlags.firstSampleFlags) cursor += 4;
  const sampleSizes: number[] = [];
  const sampleDurations: number[] = [];
  const sampleOffsets: number[] = [];
  for (let i = 0; i < sampleCount; i++) {
    sampleDurations.push(flags & trunFlags.duration ? view.getUint32(cursor) : defaultDuration);
    if (flags & trunFlags.duration) cursor += 4;
    sampleSizes.push(flags & trunFlags.size ? view.getUint32(cursor) : defaultSize);
    if (flags & trunFlags.size) cursor += 4;
    if (flags & trunFlags.flags) cursor += 4;
    // Signed in version 1; in version 0 none of them is negative (ISO/IEC 14496-12 §8.8.8.2).
    sampleOffsets.push(flags & trunFlags.offset ? view.getInt32(cursor) : 0);
    if (flags & trunFlags.offset) cursor += 4;
  }
  return { bytes, decodeTime, sampleSizes, sampleDurations, sampleOffsets, dataOffset };
}

/** Sets `mfhd.sequence_number`, which must grow through the whole track and not start again in each chunk. */
export function setSequenceNumber(fragment: Uint8Array, sequenceNumber: number): void {
  const mfhd = findBox(fragment, ["moof", "mfhd"]);
  new DataView(fragment.buffer, fragment.byteOffset).setUint32(mfhd.content + 4, sequenceNumber);
}

/** AVC NAL unit type 5; HEVC types 19 and 20 (ISO/IEC 14496-10 §7.4.1, 23008-2 §7.4.2.2): an IDR picture. */
const isIdr = {
  h264: (first: number): boolean => (first & 0x1f) === 5,
  hevc: (first: number): boolean => [19, 20].includes((first >> 1) & 0x3f),
};

/** AV1: a key frame's temporal unit holds its sequence header, an OBU of type 1 (AV1 §5.3, §7.5). */
const sequenceHeader = 1;

/** Is true when a decoder can begin at the first sample: an IDR picture (four-byte lengths), or an AV1 key frame. */
export function startsWithSync(fragment: Fragment, codec: VideoCodec): boolean {
  const size = fragment.sampleSizes[0] ?? 0;
  const view = new DataView(fragment.bytes.buffer, fragment.bytes.byteOffset, fragment.bytes.byteLength);
  if (codec === "av1")
    return size > 0 && ((view.getUint8(fragment.dataOffset) >> 3) & 0xf) === sequenceHeader;
  const end = fragment.dataOffset + size;
  for (let offset = fragment.dataOffset; offset + 5 <= end; offset += 4 + view.getUint32(offset)) {
    if (isIdr[codec](view.getUint8(offset + 4))) return true;
  }
  return false;
}
