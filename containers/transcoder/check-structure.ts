/**
 * Looks at a file's outer structure before any decoder does: an MP4, Matroska or AVI file says how long it is, so a
 * truncated upload is known at once; and protected tracks look like plain ones to ffprobe, so they are looked for here.
 */
import { childBoxes, maxBoxHeaderBytes, readBoxHeader } from "./boxes.ts";
import type { Container } from "./sniff-container.ts";
import { TaskFailure } from "./task-failure.ts";

/** Reads bytes [start, end) of the source; fewer when it ends before. */
export type ReadSource = (start: number, end: number) => Promise<Uint8Array>;

/** A `moov` larger than this is not searched for protection, bytes. */
const maxMoovBytes = 64 * 1024 * 1024;

/** More top-level boxes than any real file has, unless it is fragmented: after these the walk is content. */
const maxTopLevelBoxes = 500;

/** @throws TaskFailure `truncated`, `encrypted`. */
export async function checkStructure(container: Container, bytes: number, read: ReadSource): Promise<void> {
  if (container === "mov") await checkMp4(bytes, read);
  if (container === "matroska") checkMatroska(bytes, await read(0, 4096));
  if (container === "avi") checkAvi(bytes, await read(0, 12));
}

async function checkMp4(bytes: number, read: ReadSource): Promise<void> {
  let hasMoov = false;
  let hasMedia = false;
  let offset = 0;
  for (let n = 0; offset < bytes && n < maxTopLevelBoxes; n++) {
    const header = readBoxHeader(await read(offset, offset + maxBoxHeaderBytes), 0);
    if (header === null || header.end < header.content) break;
    const end = header.end === Number.POSITIVE_INFINITY ? bytes : offset + header.end;
    // Junk after the film's boxes is harmless; a box that holds the film and goes on past the end is not.
    if (end > bytes && ["moov", "mdat", "moof"].includes(header.type)) throw truncated(end, bytes);
    if (header.type === "moov") {
      hasMoov = true;
      if (end - offset <= maxMoovBytes) refuseProtected(await read(offset + header.content, end));
    }
    if (header.type === "mdat" || header.type === "moof") hasMedia = true;
    offset = end;
  }
  if (!hasMoov && hasMedia) throw truncated(null, bytes);
}

/** Common encryption (ISO/IEC 23001-7): sample entries `encv`/`enca`, or a `pssh` box. */
function refuseProtected(moov: Uint8Array): void {
  let children: ReturnType<typeof childBoxes> = [];
  try {
    children = childBoxes(moov, 0, moov.byteLength);
  } catch {
    return; // a damaged index is the demuxer's to judge
  }
  const view = Buffer.from(moov.buffer, moov.byteOffset, moov.byteLength);
  const entry = /stsd[\s\S]{12}(encv|enca)/.test(view.toString("latin1"));
  if (entry || children.some((box) => box.type === "pssh")) {
    throw new TaskFailure(
      "encrypted",
      "This film is protected (DRM). Export it without protection and upload it again.",
    );
  }
}

/** RFC 8794: EBML header, then one Segment whose size is known unless all its bits are ones. */
function checkMatroska(bytes: number, head: Uint8Array): void {
  const header = readElement(head, 0);
  if (header === null) return;
  const segment = readElement(head, header.content + header.size);
  if (segment === null || segment.id !== 0x18538067 || segment.unknownSize) return;
  const end = segment.content + segment.size;
  if (end > bytes) throw truncated(end, bytes);
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

function checkAvi(bytes: number, head: Uint8Array): void {
  if (head.byteLength < 12) return;
  const riffEnd = new DataView(head.buffer, head.byteOffset).getUint32(4, true) + 8;
  if (riffEnd > bytes + 1) throw truncated(riffEnd, bytes);
}

function truncated(expected: number | null, bytes: number): TaskFailure {
  const missing =
    expected === null ? "its index is missing" : `it says it has ${expected} bytes and has ${bytes}`;
  return new TaskFailure(
    "truncated",
    `This file is cut off: ${missing}. Export or copy it again, and upload the whole file.`,
  );
}
