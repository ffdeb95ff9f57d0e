/** A Flash Video file's outer structure. */

import { truncated } from "../../task/source-errors.ts";
import type { ReadSource } from "./read-source.ts";

const filesize = Buffer.from("filesize");
const amfNumber = 0;

/**
 * FLV has no length, but most writers note one in the `onMetaData` tag, as an AMF number after its name. One without
 * can't be told from a shorter film.
 * @throws TaskFailure `truncated`.
 */
export async function checkFlv(bytes: number, read: ReadSource): Promise<void> {
  const head = Buffer.from(await read(0, 16_384));
  const at = head.indexOf(filesize);
  const value = at + filesize.byteLength;
  if (at === -1 || value + 9 > head.byteLength || head[value] !== amfNumber) return;
  const stated = head.readDoubleBE(value + 1);
  if (Number.isSafeInteger(stated) && stated > bytes) throw truncated(stated, bytes);
}
