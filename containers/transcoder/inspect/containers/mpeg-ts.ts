/** Looks for scrambling in an MPEG transport stream, as recordings of pay television have it. */

import { encrypted } from "../../task/source-errors.ts";
import type { ReadSource } from "./read-source.ts";

/** Some seconds of a small stream; scrambled packets are everywhere in one that has any. */
const lookedAtBytes = 512 * 1024;

const syncByte = 0x47;

/** @throws TaskFailure `encrypted` when most packets with a payload are scrambled (ISO/IEC 13818-1 §2.4.3.2). */
export async function checkTransportStream(bytes: number, read: ReadSource): Promise<void> {
  const head = await read(0, Math.min(bytes, lookedAtBytes));
  const [packetBytes, first] = head[0] === syncByte ? [188, 0] : [192, 4];
  let payloads = 0;
  let scrambled = 0;
  for (let at = first; at + 4 <= head.byteLength; at += packetBytes) {
    const control = head[at + 3] ?? 0;
    if (head[at] !== syncByte || (control & 0x10) === 0) continue;
    payloads++;
    if (control & 0xc0) scrambled++;
  }
  if (scrambled > payloads / 2) throw encrypted();
}
