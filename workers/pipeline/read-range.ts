/** Serves an R2 object to FFmpeg: whole, or one byte range (RFC 9110 §14), streamed. */
import { Problem } from "../http/problem.ts";

/** @param bytes the object's size. @throws Problem 404 `source_missing`, 416 `range_not_satisfiable` */
export async function readRange(
  bucket: R2Bucket,
  key: string,
  bytes: number,
  request: Request,
): Promise<Response> {
  const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.get("Range") ?? "");
  const start = Number(range?.[1] ?? 0);
  const end = Math.min(range?.[2] ? Number(range[2]) + 1 : bytes, bytes);
  if (range !== null && start >= end) {
    throw new Problem(416, "range_not_satisfiable", "The object ends before this range.", {
      headers: { "Content-Range": `bytes */${bytes}` },
    });
  }
  const object = await bucket.get(key, bytes === 0 ? {} : { range: { offset: start, length: end - start } });
  if (object === null) throw new Problem(404, "source_missing", "This object is not in storage.");
  const headers = new Headers({
    "Accept-Ranges": "bytes",
    "Content-Length": String(end - start),
    "Content-Type": "application/octet-stream",
    ETag: object.httpEtag,
  });
  if (range !== null) headers.set("Content-Range", `bytes ${start}-${end - 1}/${bytes}`);
  return new Response(object.body, { status: range === null ? 200 : 206, headers });
}
