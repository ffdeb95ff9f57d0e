/** Writes a CMAF audio fragment (ISO/IEC 14496-12 §8.8): one `moof` with one track run, then its `mdat`. */

const tfhdDefaultBaseIsMoof = 0x020000;
const trunDataOffset = 0x000001;
const trunSampleDuration = 0x000100;
const trunSampleSize = 0x000200;
const trackId = 1;

/** One coded audio frame. */
export interface Sample {
  bytes: Uint8Array;
  /** Ticks, which for audio are samples. */
  duration: number;
}

/** @param decodeTime ticks of the first sample; @param sequenceNumber from 1, growing through the track. */
export function writeFragment(samples: Sample[], decodeTime: number, sequenceNumber: number): Uint8Array {
  const mfhd = fullBox("mfhd", 0, 0, uint32(sequenceNumber));
  const tfhd = fullBox("tfhd", 0, tfhdDefaultBaseIsMoof, uint32(trackId));
  const tfdt = fullBox("tfdt", 1, 0, uint64(decodeTime));
  const trun = (dataOffset: number): Buffer =>
    fullBox(
      "trun",
      0,
      trunDataOffset | trunSampleDuration | trunSampleSize,
      uint32(samples.length),
      uint32(dataOffset),
      ...samples.flatMap((sample) => [uint32(sample.duration), uint32(sample.bytes.byteLength)]),
    );
  const moof = (dataOffset: number): Buffer => box("moof", mfhd, box("traf", tfhd, tfdt, trun(dataOffset)));
  const mdatHeaderBytes = 8;
  const dataOffset = moof(0).byteLength + mdatHeaderBytes;
  return Buffer.concat([moof(dataOffset), box("mdat", ...samples.map((sample) => sample.bytes))]);
}

function box(type: string, ...content: Uint8Array[]): Buffer {
  const bytes = content.reduce((sum, part) => sum + part.byteLength, 8);
  return Buffer.concat([uint32(bytes), Buffer.from(type, "latin1"), ...content]);
}

function fullBox(type: string, version: number, flags: number, ...content: Uint8Array[]): Buffer {
  return box(type, uint32(version * 0x1000000 + flags), ...content);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
