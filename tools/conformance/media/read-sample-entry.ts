/** The sample entry of a track: which codec it really is (RFC 6381), whatever a playlist says. */
import { type Box, childBoxes } from "../../../containers/transcoder/isobmff/boxes.ts";
import { type AvcParameterSet, readAvcParameterSet } from "./read-avc-parameter-set.ts";

/** The coding of a track's samples. */
export interface SampleEntry {
  /** Four characters; of the original format when the entry is encrypted. */
  type: string;
  encrypted: boolean;
  /** RFC 6381; the type itself for codecs that this reader has no parameters of. */
  codec: string;
  /** Pixels; 0 for what is no picture. */
  width: number;
  height: number;
  /** 0 for what is no sound. */
  channels: number;
  /** Bytes before each NAL unit; 0 when samples hold none. */
  nalLengthBytes: number;
  avc: AvcParameterSet | null;
  /** ISO/IEC 23091-2 codes from `colr` or the parameter set; null when neither says. */
  colourPrimaries: number | null;
  transfer: number | null;
}

/** Bytes before the child boxes (ISO/IEC 14496-12 §12.1.3, §12.2.3). */
const visualBytes = 78;
const audioBytes = 28;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** @param handler `vide`, `soun` or another. @throws Error when the boxes do not fit. */
export function readSampleEntry(bytes: Uint8Array, entry: Box, handler: string): SampleEntry {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fixed = handler === "vide" ? visualBytes : handler === "soun" ? audioBytes : null;
  const children = fixed === null ? [] : childBoxes(bytes, entry.content + fixed, entry.end);
  const content = (type: string): Uint8Array | null => {
    const box = children.find((child) => child.type === type);
    return box === undefined ? null : bytes.subarray(box.content, box.end);
  };
  const sinf = content("sinf");
  const type = sinf === null ? entry.type : Buffer.from(sinf.subarray(8, 12)).toString("latin1");
  const avcC = content("avcC");
  const hvcC = content("hvcC");
  const avc = avcC === null ? null : readAvcParameterSet(firstParameterSet(avcC));
  const colr = content("colr");
  const nclx = colr !== null && /^ncl[xc]$/.test(Buffer.from(colr.subarray(0, 4)).toString("latin1"));
  const picture = handler === "vide";
  return {
    type,
    encrypted: sinf !== null,
    codec: codecString(type, content),
    width: picture ? view.getUint16(entry.content + 24) : 0,
    height: picture ? view.getUint16(entry.content + 26) : 0,
    channels: handler === "soun" ? channelsOf(content("esds"), view.getUint16(entry.content + 16)) : 0,
    nalLengthBytes: nalLength(avcC?.[4] ?? hvcC?.[21]),
    avc,
    colourPrimaries: nclx ? readUint16(colr, 4) : (avc?.colourPrimaries ?? null),
    transfer: nclx ? readUint16(colr, 6) : (avc?.transfer ?? null),
  };
}

function codecString(type: string, content: (type: string) => Uint8Array | null): string {
  const [avcC, hvcC, av1C, esds] = [content("avcC"), content("hvcC"), content("av1C"), content("esds")];
  if (/^avc[13]$/.test(type) && avcC !== null) return `${type}.${hex(avcC.subarray(1, 4))}`;
  if (/^(hvc1|hev1)$/.test(type) && hvcC !== null) return `${type}.${hevcParameters(hvcC)}`;
  if (type === "av01" && av1C !== null) return `av01.${av1Parameters(av1C)}`;
  if (type === "mp4a" && esds !== null) return `mp4a.${mpeg4AudioType(esds)}`;
  return type;
}

/** ISO/IEC 14496-15 annex E.3. */
function hevcParameters(hvcC: Uint8Array): string {
  const first = hvcC[1] ?? 0;
  const space = ["", "A", "B", "C"][first >> 6] ?? "";
  let compatibility = 0;
  for (let bit = 0; bit < 32; bit++) {
    const isSet = (((hvcC[2 + (bit >> 3)] ?? 0) >> (7 - (bit & 7))) & 1) === 1;
    if (isSet) compatibility += 2 ** bit;
  }
  const constraints = Array.from(hvcC.subarray(6, 12), (byte) => byte.toString(16).toUpperCase());
  while (constraints.at(-1) === "0") constraints.pop();
  const tier = (first & 0x20) === 0 ? "L" : "H";
  return [
    `${space}${first & 0x1f}`,
    compatibility.toString(16).toUpperCase(),
    `${tier}${hvcC[12] ?? 0}`,
    ...constraints,
  ].join(".");
}

/** AV1 in ISOBMFF §5: profile, level and tier, bit depth. */
function av1Parameters(av1C: Uint8Array): string {
  const [, second = 0, third = 0] = av1C;
  const level = String(second & 0x1f).padStart(2, "0");
  const depth = (third & 0x40) === 0 ? "08" : (third & 0x20) === 0 ? "10" : "12";
  return `${second >> 5}.${level}${(third & 0x80) === 0 ? "M" : "H"}.${depth}`;
}

/** `40.2` for AAC-LC: the object type of the decoder configuration, and of its AudioSpecificConfig. */
function mpeg4AudioType(esds: Uint8Array): string {
  const config = findDescriptor(esds, 4, [3, 4]);
  const objectType = (config?.[0] ?? 0).toString(16);
  const specific = findDescriptor(esds, 4, [3, 4, 5]);
  return specific === null ? objectType : `${objectType}.${audioObjectType(specific)}`;
}

function audioObjectType(specific: Uint8Array): number {
  const [first = 0, second = 0] = specific;
  const type = first >> 3;
  return type === 31 ? 32 + ((first & 7) << 3) + (second >> 5) : type;
}

/** From the AudioSpecificConfig where there is one: the sample entry's own count is a template value (ISO/IEC 14496-14). */
function channelsOf(esds: Uint8Array | null, stated: number): number {
  const specific = esds === null ? null : findDescriptor(esds, 4, [3, 4, 5]);
  if (specific === null || (specific[0] ?? 0) >> 3 === 31) return stated;
  const [first = 0, second = 0] = specific;
  if ((((first & 7) << 1) | (second >> 7)) === 15) return stated;
  const configuration = (second >> 3) & 0xf;
  return configuration === 7 ? 8 : configuration === 0 ? stated : configuration;
}

/** Bytes of an ES descriptor before the descriptors in it (without its optional fields), and of a decoder configuration. */
const descriptorHeads: Record<number, number> = { 3: 3, 4: 13, 5: 0 };

/** Follows nested MPEG-4 descriptors (ISO/IEC 14496-1 §8.3) by tag. */
function findDescriptor(bytes: Uint8Array, start: number, [tag, ...rest]: number[]): Uint8Array | null {
  for (let offset = start; offset + 2 <= bytes.byteLength; ) {
    let cursor = offset + 1;
    let size = 0;
    for (let more = true; more && cursor < bytes.byteLength; cursor++) {
      const byte = bytes[cursor] ?? 0;
      size = size * 128 + (byte & 0x7f);
      more = byte >= 0x80;
    }
    if (bytes[offset] === tag) {
      const body = bytes.subarray(cursor, cursor + size);
      return rest.length === 0 ? body : findDescriptor(body, descriptorHeads[tag ?? 0] ?? 0, rest);
    }
    offset = cursor + size;
  }
  return null;
}

function firstParameterSet(avcC: Uint8Array): Uint8Array {
  const length = readUint16(avcC, 6) ?? 0;
  return avcC.subarray(8, 8 + length);
}

function nalLength(byte: number | undefined): number {
  return byte === undefined ? 0 : (byte & 3) + 1;
}

function readUint16(bytes: Uint8Array, offset: number): number | null {
  const [high, low] = [bytes[offset], bytes[offset + 1]];
  return high === undefined || low === undefined ? null : high * 256 + low;
}
