/** RFC 6381 codec strings, read from an init segment's sample entry. */
import { audioCodecs, videoCodecs } from "../../../protocol/codecs.ts";
import { type Box, childBoxes, findBox } from "./boxes.ts";

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
  const configuration = (type: string): Uint8Array => configurationIn(init, entry, type);
  const { h264, hevc, av1 } = videoCodecs;
  if (entry.type === h264.sampleEntry)
    return { codecs: `${entry.type}.${avcParameters(configuration("avcC"))}`, timescale };
  if (entry.type === hevc.sampleEntry)
    return { codecs: `${entry.type}.${hevcParameters(configuration("hvcC"))}`, timescale };
  if (entry.type === av1.sampleEntry)
    return { codecs: `${entry.type}.${av1Parameters(configuration("av1C"))}`, timescale };
  const audio = Object.values(audioCodecs).find(({ sampleEntry }) => sampleEntry === entry.type);
  if (audio !== undefined) {
    findBox(init, [audio.configurationBox], entry.content + audioEntryBytes, entry.end);
    return { codecs: audio.codecs, timescale }; // each is encoded in one profile alone
  }
  throw new Error(`unknown sample entry ${entry.type}`);
}

/**
 * The decoder configuration of an H.264 init segment, `avcC` (ISO/IEC 14496-15 §5.3.3.1).
 * @throws Error when it has none.
 */
export function avcConfiguration(init: Uint8Array): Uint8Array {
  const stsd = findBox(init, ["moov", "trak", "mdia", "minf", "stbl", "stsd"]);
  return configurationIn(
    init,
    findBox(init, [videoCodecs.h264.sampleEntry], stsd.content + 8, stsd.end),
    "avcC",
  );
}

function configurationIn(init: Uint8Array, entry: Box, type: string): Uint8Array {
  const box = findBox(init, [type], entry.content + visualEntryBytes, entry.end);
  return init.subarray(box.content, box.end);
}

/** Profile, constraints and level (ISO/IEC 14496-15 §5.3.3.1.2): three bytes in hex. */
function avcParameters(avcC: Uint8Array): string {
  return Buffer.from(avcC.subarray(1, 4)).toString("hex");
}

/**
 * Profile, compatibility with its bits reversed, tier and level, constraints without trailing zeros (ISO/IEC 14496-15
 * annex E.3).
 */
function hevcParameters(hvcC: Uint8Array): string {
  const view = new DataView(hvcC.buffer, hvcC.byteOffset, hvcC.byteLength);
  const profile = view.getUint8(1);
  const space = ["", "A", "B", "C"][profile >> 6] ?? "";
  const reversed = Array.from(view.getUint32(2).toString(2).padStart(32, "0")).reverse().join("");
  const constraints = Array.from(hvcC.subarray(6, 12), (byte) => byte.toString(16).toUpperCase());
  while (constraints.at(-1) === "0") constraints.pop();
  const tier = (profile & 0x20) === 0 ? "L" : "H";
  const compatibility = Number.parseInt(reversed, 2).toString(16).toUpperCase();
  return [`${space}${profile & 0x1f}`, compatibility, `${tier}${view.getUint8(12)}`, ...constraints].join(
    ".",
  );
}

/** Profile, level and tier, bit depth (AV1 in ISO base media file format §5). */
function av1Parameters(av1C: Uint8Array): string {
  const [, second = 0, third = 0] = av1C;
  const depth = (third & 0x40) === 0 ? "08" : (third & 0x20) === 0 ? "10" : "12";
  const tier = (third & 0x80) === 0 ? "M" : "H";
  return `${second >> 5}.${String(second & 0x1f).padStart(2, "0")}${tier}.${depth}`;
}
