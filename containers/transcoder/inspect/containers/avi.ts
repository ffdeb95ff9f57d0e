/** An AVI file's outer structure: RIFF lists of up to 1 GiB each (OpenDML), one after another. */

import { truncated } from "../../task/source-errors.ts";
import type { ReadSource } from "./read-source.ts";

/** 1 TiB in lists of 1 GiB. */
const maxLists = 1024;

/** @throws TaskFailure `truncated` when a list goes on past the end of the file. */
export async function checkAvi(bytes: number, read: ReadSource): Promise<void> {
  let offset = 0;
  for (let n = 0; n < maxLists && offset + 12 <= bytes; n++) {
    const head = Buffer.from(await read(offset, offset + 12));
    if (head.byteLength < 12 || head.toString("latin1", 0, 4) !== "RIFF") return;
    const size = head.readUInt32LE(4);
    if (size === 0) return; // never finished by its writer; FFmpeg reads it to its end
    const end = offset + 8 + size + (size % 2);
    if (end > bytes + 1) throw truncated(end, bytes);
    offset = end;
  }
}
