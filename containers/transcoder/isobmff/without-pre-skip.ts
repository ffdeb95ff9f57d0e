import { childBoxes, findBox } from "./boxes.ts";

/** Bytes of an AudioSampleEntry before its child boxes (ISO/IEC 14496-12 §12.2.3). */
const audioEntryBytes = 28;

/** `PreSkip` in `dOps` comes after its version and the number of channels (Encapsulation of Opus in ISOBMFF §4.3.2), bytes. */
const preSkipOffset = 2;

/**
 * Opus' init segments state how many samples of the encoder's delay a player drops at the beginning. Of a track whose delay was
 * cut off it must drop none: this copy of the init segment says so. Other codecs' are returned as they are.
 */
export function withoutPreSkip(init: Uint8Array): Uint8Array {
  const stsd = findBox(init, ["moov", "trak", "mdia", "minf", "stbl", "stsd"]);
  const entry = childBoxes(init, stsd.content + 8, stsd.end).find(({ type }) => type === "Opus");
  if (entry === undefined) return init;
  const { content } = findBox(init, ["dOps"], entry.content + audioEntryBytes, entry.end);
  const copy = Uint8Array.from(init);
  new DataView(copy.buffer).setUint16(content + preSkipOffset, 0);
  return copy;
}
