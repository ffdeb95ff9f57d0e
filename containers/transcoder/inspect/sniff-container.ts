/** The demuxer family of a file, by its magic bytes. */
export type Container = "mov" | "matroska" | "avi" | "mpegts" | "mpeg" | "flv" | "asf";

const asfGuid = [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11];
const movBoxes = new Set(["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"]);

/**
 * @param head the file's first bytes, 2 KiB or all there are.
 * @returns null for anything that is no known video container.
 */
export function sniffContainer(head: Uint8Array): Container | null {
  const text = (start: number, end: number): string => String.fromCharCode(...head.subarray(start, end));
  const starts = (...magic: number[]): boolean =>
    head.byteLength >= magic.length && magic.every((byte, n) => head[n] === byte);
  if (movBoxes.has(text(4, 8))) return "mov";
  if (starts(0x1a, 0x45, 0xdf, 0xa3)) return "matroska";
  if (text(0, 4) === "RIFF" && text(8, 12) === "AVI ") return "avi";
  if (starts(0x00, 0x00, 0x01, 0xba)) return "mpeg";
  if (text(0, 3) === "FLV") return "flv";
  if (starts(...asfGuid)) return "asf";
  return hasTransportPackets(head, 188, 0) || hasTransportPackets(head, 192, 4) ? "mpegts" : null;
}

/** ISO/IEC 13818-1 §2.4.3.2: a sync byte 0x47 starts each packet; M2TS puts four bytes before each. */
function hasTransportPackets(head: Uint8Array, packetBytes: number, first: number): boolean {
  const packets = Math.min(5, Math.floor((head.byteLength - first) / packetBytes));
  if (packets < 3) return false;
  for (let n = 0; n < packets; n++) if (head[first + n * packetBytes] !== 0x47) return false;
  return true;
}
