/** A Matroska or WebM file's outer structure. */

import { encrypted, truncated } from "../../task/source-errors.ts";
import type { ReadSource } from "./read-source.ts";

/** Element ids (RFC 9559 §5.1). */
const ids = {
  segment: 0x18538067,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  contentEncodings: 0x6d80,
  contentEncoding: 0x6240,
  contentEncryption: 0x5035,
};

/** The part of a file in which writers put the tracks, bytes from the start. */
const headBytes = 64 * 1024;

/**
 * RFC 8794: EBML header, then one Segment whose size is known unless all its bits are ones, as in a live recording: such
 * a file can't be told from a shorter one.
 * @throws TaskFailure `truncated`, `encrypted`.
 */
export async function checkMatroska(bytes: number, read: ReadSource): Promise<void> {
  const head = await read(0, headBytes);
  const header = readElement(head, 0);
  if (header === null) return;
  const segment = readElement(head, header.content + header.size);
  if (segment === null || segment.id !== ids.segment) return;
  const end = segment.content + segment.size;
  if (!segment.unknownSize && end > bytes) throw truncated(end, bytes);
  const path = [ids.tracks, ids.trackEntry, ids.contentEncodings, ids.contentEncoding, ids.contentEncryption];
  if (hasElement(head, segment.content, head.byteLength, path)) throw encrypted();
}

/** Is true when an element lies at the end of this path of ids, as far as the bytes go. */
function hasElement(bytes: Uint8Array, start: number, end: number, [id, ...rest]: number[]): boolean {
  if (id === undefined) return true;
  for (let offset = start; offset < end; ) {
    const element = readElement(bytes, offset);
    if (element === null || element.unknownSize) return false;
    const next = element.content + element.size;
    if (element.id === id && hasElement(bytes, element.content, Math.min(next, end), rest)) return true;
    offset = next;
  }
  return false;
}

function readElement(
  bytes: Uint8Array,
  offset: number,
): { id: number; size: number; unknownSize: boolean; content: number } | null {
  const idBytes = vintBytes(bytes[offset]);
  const sizeOffset = offset + idBytes;
  const sizeBytes = vintBytes(bytes[sizeOffset]);
  if (idBytes === 0 || sizeBytes === 0 || sizeOffset + sizeBytes > bytes.byteLength) return null;
  let id = 0;
  for (let n = 0; n < idBytes; n++) id = id * 256 + (bytes[offset + n] ?? 0);
  let size = (bytes[sizeOffset] ?? 0) & (0xff >> sizeBytes);
  let unknownSize = size === 0xff >> sizeBytes;
  for (let n = 1; n < sizeBytes; n++) {
    const byte = bytes[sizeOffset + n] ?? 0;
    size = size * 256 + byte;
    unknownSize &&= byte === 0xff;
  }
  return { id, size, unknownSize, content: sizeOffset + sizeBytes };
}

/** RFC 8794 §4: as many bytes as the first one has leading zeros, plus one; 0 when it is no such number. */
function vintBytes(first: number | undefined): number {
  return first === undefined || first === 0 ? 0 : Math.clz32(first) - 23;
}
