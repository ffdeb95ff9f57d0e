/** A tus client for tests in workerd: requests to {@link uploadsApi} with real bindings and a real producer. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { uploadsApi } from "../../workers/ingest/uploads-api.ts";
import { seedProducer } from "./seed-producer.ts";

/** R2's smallest part, bytes; workerd enforces it in tests too. */
export const partBytes = 5 * 1024 * 1024;

/** The bindings, without notifications to the queue. */
export const quietEnv: Env = { ...env, SOURCE_EVENTS: "r2" };

/** A body with no length, or a plain one. */
export type TestBody = Uint8Array<ArrayBuffer> | ReadableStream | null;

/** Sends one request; headers of tus and authorisation are there unless given as null. */
export type Send = (
  method: string,
  path: string,
  headers?: Record<string, string | null>,
  body?: TestBody,
) => Promise<Response>;

/** A new producer's client. `id` takes the upload's path out of a creation's answer. */
export async function tusClient(bindings: Env = quietEnv): Promise<{ send: Send; producerId: string }> {
  const { key, producerId } = await seedProducer(env);
  const send: Send = async (method, path, headers = {}, body = null) => {
    const all = new Headers({ Authorization: `Bearer ${key}`, "Tus-Resumable": "1.0.0" });
    if (body !== null) all.set("Content-Type", "application/offset+octet-stream");
    if (body instanceof Uint8Array) all.set("Content-Length", String(body.byteLength));
    for (const [name, value] of Object.entries(headers)) {
      if (value === null) all.delete(name);
      else all.set(name, value);
    }
    const request = new Request(`http://marquee.test${path}`, { method, headers: all, body });
    const context = createExecutionContext();
    const response = await uploadsApi.fetch(request, bindings, context);
    await waitOnExecutionContext(context);
    return response;
  };
  return { send, producerId };
}

/** Creates an upload and returns its path. @param length bytes; null to tell it later */
export async function createTestUpload(
  send: Send,
  length: number | null,
  headers: Record<string, string> = {},
): Promise<string> {
  const size: Record<string, string> =
    length === null ? { "Upload-Defer-Length": "1" } : { "Upload-Length": String(length) };
  const response = await send("POST", "/", { ...size, ...headers });
  if (response.status !== 201) throw new Error(`creation: ${response.status} ${await response.text()}`);
  return response.headers.get("Location") ?? "";
}

/** PATCH at an offset. A body with a known length goes with Content-Length, a stream without. */
export function patch(
  send: Send,
  path: string,
  offset: number,
  body: TestBody,
  headers: Record<string, string> = {},
): Promise<Response> {
  const contentType = { "Content-Type": "application/offset+octet-stream" };
  return send("PATCH", path, { ...contentType, "Upload-Offset": String(offset), ...headers }, body);
}

/** Upload-Offset as HEAD tells it. */
export async function offsetOf(send: Send, path: string): Promise<number> {
  const response = await send("HEAD", path);
  if (response.status !== 200) throw new Error(`HEAD: ${response.status}`);
  return Number(response.headers.get("Upload-Offset"));
}

/** A body without a known length, in pieces; when `cut` it breaks off after its last byte. */
export function streamOf(bytes: Uint8Array, pieceBytes: number, cut = false): ReadableStream {
  let at = 0;
  return new ReadableStream({
    type: "bytes",
    pull(controller) {
      if (at < bytes.byteLength) {
        controller.enqueue(bytes.slice(at, at + pieceBytes));
        at += pieceBytes;
      } else if (cut) {
        controller.error(new Error("the connection broke"));
      } else {
        controller.close();
        controller.byobRequest?.respond(0);
      }
    },
  });
}

/** A body that gives its bytes and then neither ends nor breaks until it is released. */
export function stalling(bytes: Uint8Array): {
  body: ReadableStream;
  stalled: Promise<void>;
  release: () => void;
} {
  const stalled = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  let given = false;
  const body = new ReadableStream({
    type: "bytes",
    async pull(controller) {
      if (!given) {
        given = true;
        controller.enqueue(bytes.slice());
        return;
      }
      stalled.resolve();
      await gate.promise;
      controller.close();
      controller.byobRequest?.respond(0);
    },
  });
  return { body, stalled: stalled.promise, release: gate.resolve };
}

/** The source object of the upload at this path; null when there is none. */
export async function sourceOf(path: string): Promise<Uint8Array | null> {
  const object = await env.SOURCES.get(`sources/${idOf(path)}`);
  return object === null ? null : await object.bytes();
}

/** The upload's id. */
export function idOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Are the bytes the same? Vitest's own comparison takes minutes for megabytes. */
export function sameBytes(left: Uint8Array | null, right: Uint8Array): boolean {
  return left !== null && left.byteLength === right.byteLength && Buffer.compare(left, right) === 0;
}
