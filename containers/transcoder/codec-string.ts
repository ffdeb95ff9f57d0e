/** RFC 6381 codec strings, read from an init segment's sample entry. */
import { childBoxes, findBox } from "./boxes.ts";

/** Bytes of a VisualSampleEntry and an AudioSampleEntry before their child boxes (ISO/IEC 14496-12 §12.1.3, §12.2.3). */
const visualEntryBytes = 78;
const audioEntryBytes = 28;

/** The codec and timescale of an init segment's only track. @throws Error when it has another number of tracks. */
export function describeInit(init: Uint8Array): { codecs: string; timescale: number } {
  const view = new DataView(init.buffer, init.byteOffset, init.byteLength);
  const moov = findBox(init, ["moov"]);
  const tracks = childBoxes(init, moov.content, moov.end).filter((box) => box.type === "trak");
  if (tracks.length !== 1) throw new Error(`expected one track, found ${tracks.length}`);
  const mdhd = findBox(init, ["moov", "trak", "mdia", "mdhd"]);
  const timescale = view.getUint32(mdhd.content + (view.getUint8(mdhd.content) === 1 ? 20 : 12));
  const stsd = findBox(init, ["moov", "trak", "mdia", "minf", "stbl", "stsd"]);
  const entry = childBoxes(init, stsd.content + 8, stsd.end)[0];
  if (entry === undefined) throw new Error("no sample entry");
  if (entry.type === "avc1") {
    const avcc = findBox(init, ["avcC"], entry.content + visualEntryBytes, entry.end);
    return {
      codecs: `avc1.${Buffer.from(init.subarray(avcc.content + 1, avcc.content + 4)).toString("hex")}`,
      timescale,
    };
  }
  if (entry.type === "mp4a") {
    findBox(init, ["esds"], entry.content + audioEntryBytes, entry.end);
    return { codecs: "mp4a.40.2", timescale }; // AAC-LC is the only profile that the recipe encodes
  }
  throw new Error(`unknown sample entry ${entry.type}`);
}
