/** Serves an R2 object to FFmpeg: whole, or one byte range (RFC 9110 §14), streamed. */
import { Problem } from "../../http/problem.ts";

/**
 * Bytes that are read from R2 at a time. FFmpeg asks for everything from an offset on and goes away when it has enough;
 * a read of R2 that is left goes on behind its back, to the object's end.
 */
const pieceBytes = 8_000_000;

/**
 * @param bytes the object's size. @param waitUntil keeps the reading alive while the answer is being sent.
 * @throws Problem 404 `source_missing`, 416 `range_not_satisfiable`
 */
export async function readRange(
  bucket: R2Bucket,
  key: string,
  bytes: number,
  request: Request,
  waitUntil: (work: Promise<void>) => void,
): Promise<Response> {
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("Range") ?? "");
  const start = Number(range?.[1] ?? 0);
  const end = Math.min(range?.[2] ? Number(range[2]) + 1 : bytes, bytes);
  if (range !== null && start >= end) {
    throw new Problem(416, "range_not_satisfiable", "The object ends before this range.", {
      headers: { "Content-Range": `bytes */${bytes}` },
    });
  }
  const read = async (offset: number): Promise<R2ObjectBody> => {
    const length = Math.min(pieceBytes, end - offset);
    const object = await bucket.get(key, bytes === 0 ? {} : { range: { offset, length } });
    if (object === null) throw new Problem(404, "source_missing", "This object is not in storage.");
    return object;
  };
  const first = await read(start);
  const headers = new Headers({
    "Accept-Ranges": "bytes",
    "Content-Length": String(end - start),
    "Content-Type": "application/octet-stream",
    ETag: first.httpEtag,
  });
  if (range !== null) headers.set("Content-Range", `bytes ${start}-${end - 1}/${bytes}`);
  const status = range === null ? 200 : 206;
  if (end - start <= pieceBytes) return new Response(first.body, { status, headers });
  const { readable, writable } = new FixedLengthStream(end - start);
  const send = async (): Promise<void> => {
    try {
      await first.body.pipeTo(writable, { preventClose: true });
      for (let offset = start + pieceBytes; offset < end; offset += pieceBytes) {
        await (await read(offset)).body.pipeTo(writable, { preventClose: true });
      }
      await writable.close();
    } catch (error) {
      // The reader has gone, or R2 has: it sees a short answer, and asks for the rest.
      await writable.abort(error).catch(() => undefined);
    }
  };
  waitUntil(send());
  return new Response(readable, { status, headers });
}
