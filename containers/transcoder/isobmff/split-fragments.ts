/** Cuts the byte stream of a fragmented MP4 into its init segment and its fragments, as they appear. */
import { maxBoxHeaderBytes, readBoxHeader } from "./boxes.ts";

/** `init`: ftyp + moov; `fragment`: moof + mdat. Other boxes (sidx, mfra, styp) are dropped. */
export interface Fmp4Piece {
  kind: "init" | "fragment";
  bytes: Uint8Array;
}

/** A box larger than this is no fragment of ours, bytes. */
const maxBoxBytes = 512 * 1024 * 1024;

/** Splits FFmpeg's output stream. Holds at most one fragment in memory. @throws Error when the stream ends inside a box. */
export async function* splitFragments(stream: AsyncIterable<Uint8Array>): AsyncGenerator<Fmp4Piece> {
  let head: Uint8Array[] = [];
  for await (const box of boxesOf(stream)) {
    if (box.type === "ftyp" || box.type === "moof") head = [box.bytes];
    else if (box.type === "moov") yield { kind: "init", bytes: Buffer.concat([...head, box.bytes]) };
    else if (box.type === "mdat") yield { kind: "fragment", bytes: Buffer.concat([...head, box.bytes]) };
  }
}

async function* boxesOf(
  stream: AsyncIterable<Uint8Array>,
): AsyncGenerator<{ type: string; bytes: Uint8Array }> {
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let needed = maxBoxHeaderBytes;
  const take = function* (): Generator<{ type: string; bytes: Uint8Array }> {
    const buffer = pending.length === 1 && pending[0] !== undefined ? pending[0] : Buffer.concat(pending);
    let offset = 0;
    needed = maxBoxHeaderBytes;
    for (;;) {
      const box = readBoxHeader(buffer, offset);
      if (box === null) break;
      if (box.end - box.start > maxBoxBytes) throw new Error(`box ${box.type} is too large`);
      if (box.end > buffer.byteLength) {
        needed = box.end - offset;
        break;
      }
      yield { type: box.type, bytes: buffer.subarray(offset, box.end) };
      offset = box.end;
    }
    pending = [buffer.subarray(offset)];
    pendingBytes = buffer.byteLength - offset;
  };
  for await (const chunk of stream) {
    pending.push(chunk);
    pendingBytes += chunk.byteLength;
    if (pendingBytes >= Math.min(needed, maxBoxBytes)) yield* take();
  }
  yield* take();
  if (pendingBytes > 0) throw new Error("the encoder's output ends inside a box");
}
