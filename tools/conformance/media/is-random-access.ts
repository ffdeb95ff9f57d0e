/** Tells if decoding can start at a picture, from the sample's bytes and not from its flags. */
import type { SampleEntry } from "./read-sample-entry.ts";

/** NAL unit types: IDR in H.264 (ISO/IEC 14496-10 table 7-1); IDR_W_RADL and IDR_N_LP in HEVC (ISO/IEC 23008-2 table 7-1). */
const avcIdr = 5;
const hevcIdr = [19, 20];

/** @returns null for codecs whose pictures this does not know: then the container's sync flag must do. */
export function isIdr(sample: Uint8Array, entry: SampleEntry): boolean | null {
  const kind = /^avc[13]$/.test(entry.type) ? "avc" : /^(hvc1|hev1)$/.test(entry.type) ? "hevc" : null;
  if (kind === null || entry.nalLengthBytes === 0) return null;
  for (let offset = 0; offset + entry.nalLengthBytes < sample.byteLength; ) {
    let length = 0;
    for (let n = 0; n < entry.nalLengthBytes; n++) length = length * 256 + (sample[offset + n] ?? 0);
    const header = sample[offset + entry.nalLengthBytes] ?? 0;
    if (kind === "avc" ? (header & 0x1f) === avcIdr : hevcIdr.includes((header >> 1) & 0x3f)) return true;
    offset += entry.nalLengthBytes + length;
  }
  return false;
}
