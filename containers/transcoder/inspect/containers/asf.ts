/** An ASF (WMV) file's outer structure. */

import { encrypted, truncated } from "../../task/source-errors.ts";
import type { ReadSource } from "./read-source.ts";

/** Object ids as they lie in the file: File Properties, Content Encryption and its extended form (ASF spec §3.2, §3.14). */
const fileProperties = Buffer.from("a1dcab8c47a9cf118ee400c00c205365", "hex");
const contentEncryption = Buffer.from("fbb3112223bdd211b4b700a0c955fc6e", "hex");
const extendedEncryption = Buffer.from("14e68a292226174cb935dae07ee9289c", "hex");

/** The places of the file's size and flags in File Properties; bit 0 is set by a live writer, which leaves both open. */
const sizeOffset = 40;
const flagsOffset = 88;

/** @throws TaskFailure `truncated`, `encrypted`. */
export async function checkAsf(bytes: number, read: ReadSource): Promise<void> {
  const head = Buffer.from(await read(0, 65_536));
  if (head.includes(contentEncryption) || head.includes(extendedEncryption)) throw encrypted();
  const at = head.indexOf(fileProperties);
  if (at === -1 || at + flagsOffset + 4 > head.byteLength) return;
  const isLive = (head.readUInt32LE(at + flagsOffset) & 1) === 1;
  const stated = Number(head.readBigUInt64LE(at + sizeOffset));
  if (!isLive && stated > bytes) throw truncated(stated, bytes);
}
