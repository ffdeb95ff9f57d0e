/** The compressed index of old QuickTime films (QuickTime File Format, "Compressed movie resources"). */
import { inflateSync } from "node:zlib";
import { type Box, childBoxes, readBoxHeader } from "../../isobmff/boxes.ts";
import { maxMoovBytes } from "../../task/limits.ts";
import { damaged, tooLargeIndex } from "../../task/source-errors.ts";
import type { TaskFailure } from "../../task/task-failure.ts";

/** Bytes in front of `cmvd`'s data: the size that it has when it is unpacked. */
const sizeBytes = 4;

/**
 * The content of a `moov`: as it lies in the file, or unpacked where it holds a `cmov`.
 * @throws TaskFailure `damaged`; `too_large` for one that would unpack to more than any index has.
 */
export function unpackIndex(content: Uint8Array): Uint8Array {
  const cmov = findCompressed(content);
  if (cmov === null) return content;
  const [packed] = wholeBoxes(content, cmov.content, cmov.end).filter(({ type }) => type === "cmvd");
  if (packed === undefined) throw unreadable();
  const moov = inflate(content.subarray(packed.content + sizeBytes, packed.end));
  const [box] = wholeBoxes(moov, 0, moov.byteLength);
  if (box?.type !== "moov") throw unreadable();
  return moov.subarray(box.content, box.end);
}

function findCompressed(content: Uint8Array): Box | null {
  for (let offset = 0; ; ) {
    const box = readBoxHeader(content, offset);
    if (box === null || box.end < box.content) return null;
    if (box.type === "cmov") return box;
    offset = box.end;
  }
}

function inflate(packed: Uint8Array): Uint8Array {
  try {
    return inflateSync(packed, { maxOutputLength: maxMoovBytes });
  } catch (error) {
    const isTooLarge = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    throw isTooLarge ? tooLargeIndex() : unreadable();
  }
}

function wholeBoxes(bytes: Uint8Array, start: number, end: number): Box[] {
  try {
    return childBoxes(bytes, start, end);
  } catch {
    throw unreadable();
  }
}

function unreadable(): TaskFailure {
  return damaged("its compressed index can't be read");
}
