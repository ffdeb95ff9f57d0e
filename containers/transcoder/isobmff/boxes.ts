/** Reading ISO base media boxes (ISO/IEC 14496-12 §4.2) from bytes that are wholly in memory. */

/** A box: its four-character type, where it starts, where its content starts, and where it ends. */
export interface Box {
  type: string;
  start: number;
  content: number;
  end: number;
}

/** Bytes that a box's header may take: size, type, largesize. */
export const maxBoxHeaderBytes = 16;

/**
 * Reads the box header at `offset`.
 * @returns null when there are too few bytes for the header. `end` may lie beyond the bytes; Infinity: to the end of file.
 */
export function readBoxHeader(bytes: Uint8Array, offset: number): Box | null {
  if (offset + 8 > bytes.byteLength) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
  const size = view.getUint32(offset);
  if (size === 0) return { type, start: offset, content: offset + 8, end: Number.POSITIVE_INFINITY };
  if (size !== 1) return { type, start: offset, content: offset + 8, end: offset + size };
  if (offset + 16 > bytes.byteLength) return null;
  return { type, start: offset, content: offset + 16, end: offset + Number(view.getBigUint64(offset + 8)) };
}

/** The boxes that lie one after another in [start, end). @throws Error when one does not fit. */
export function childBoxes(bytes: Uint8Array, start: number, end: number): Box[] {
  const boxes: Box[] = [];
  for (let offset = start; offset < end; ) {
    const box = readBoxHeader(bytes, offset);
    if (box === null || box.end > end || box.end < box.content) throw new Error(`no whole box at ${offset}`);
    boxes.push(box);
    offset = box.end;
  }
  return boxes;
}

/** Follows a path of box types from [start, end), the first of each type. @throws Error when one is missing. */
export function findBox(bytes: Uint8Array, path: string[], start = 0, end = bytes.byteLength): Box {
  let found: Box = { type: "", start, content: start, end };
  for (const type of path) {
    const next = childBoxes(bytes, found.content, found.end).find((box) => box.type === type);
    if (next === undefined) throw new Error(`no ${type} box`);
    found = next;
  }
  return found;
}
