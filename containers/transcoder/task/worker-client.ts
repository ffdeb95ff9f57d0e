/** The way back to the Worker: a task reads its source and slices there, and puts its output. */
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { StoredObject } from "../../../protocol/report.ts";
import { tooMuchOutput } from "./source-errors.ts";
import { relayOrigin, type SourceRelay } from "./source-relay.ts";
import { TaskFailure } from "./task-failure.ts";

const attempts = 5;

const mezzaninePart = z.object({ partNumber: z.int(), etag: z.string() });
/** A stored part of the mezzanine. */
export type MezzaninePart = z.infer<typeof mezzaninePart>;

/** Talks to the API whose base address came with the task. */
export class WorkerClient {
  /** The variables with which FFmpeg can read {@link sourceUrl} and {@link sliceUrl}. */
  readonly toolEnv: Record<string, string>;

  /** The address at which FFmpeg reads the source by HTTP range. */
  readonly sourceUrl: string = `${relayOrigin}/source`;

  readonly #base: string;
  readonly #signal: AbortSignal;

  /** @param base address with the grant in it; @param signal ends every request when the task ends. */
  constructor(base: string, relay: Pick<SourceRelay, "env">, signal: AbortSignal) {
    this.#base = base.replace(/\/$/, "");
    this.toolEnv = relay.env;
    this.#signal = signal;
  }

  /** The address at which FFmpeg reads a stored audio slice. */
  sliceUrl(key: string): string {
    return `${relayOrigin}/slices/${key}`;
  }

  /** Reads bytes [start, end) of the source; fewer when the source ends before. */
  async readSource(start: number, end: number): Promise<Uint8Array> {
    if (end <= start) return new Uint8Array();
    const response = await this.#request("GET", "/source", { Range: `bytes=${start}-${end - 1}` });
    if (response.status === 416) return new Uint8Array();
    return new Uint8Array(await response.arrayBuffer());
  }

  /** Reads a stored object of a rendition. */
  async readMedia(key: string, file: string): Promise<Uint8Array> {
    const response = await this.#request("GET", `/media/${key}/${file}`, {});
    return new Uint8Array(await response.arrayBuffer());
  }

  /** Puts an object of a rendition, for example `seg-00012.m4s`. Overwriting it with the same bytes is harmless. */
  putMedia(key: string, file: string, contentType: string, bytes: Uint8Array): Promise<StoredObject> {
    return this.#put(`/media/${key}/${file}`, file, contentType, bytes);
  }

  /** Puts an audio slice. */
  putSlice(key: string, bytes: Uint8Array): Promise<StoredObject> {
    return this.#put(`/slices/${key}`, key, "audio/flac", bytes);
  }

  /** Starts the mezzanine, a Matroska copy of the source. @returns the multipart upload's id. */
  async beginMezzanine(): Promise<string> {
    const response = await this.#request("POST", "/remux", {});
    return z.object({ upload_id: z.string() }).parse(await response.json()).upload_id;
  }

  /** Puts one part of the mezzanine, numbered from 1; all parts but the last are equal in size. */
  async putMezzaninePart(uploadId: string, part: number, bytes: Uint8Array): Promise<MezzaninePart> {
    const response = await this.#request("PUT", `/remux/${encodeURIComponent(uploadId)}/${part}`, {}, bytes);
    return mezzaninePart.parse(await response.json());
  }

  /** Completes the mezzanine. @returns its size in bytes. */
  async completeMezzanine(uploadId: string, parts: MezzaninePart[]): Promise<number> {
    const body = new TextEncoder().encode(JSON.stringify(parts));
    const response = await this.#request("POST", `/remux/${encodeURIComponent(uploadId)}`, {}, body);
    return z.object({ bytes: z.int() }).parse(await response.json()).bytes;
  }

  async #put(path: string, file: string, contentType: string, bytes: Uint8Array): Promise<StoredObject> {
    const md5 = createHash("md5").update(bytes).digest("hex");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    await this.#request("PUT", path, { "Content-Type": contentType, "Marquee-MD5": md5 }, bytes);
    return { file, bytes: bytes.byteLength, md5, sha256 };
  }

  async #request(
    method: string,
    path: string,
    headers: Record<string, string>,
    body?: Uint8Array,
  ): Promise<Response> {
    let last = "";
    for (let attempt = 0; attempt < attempts; attempt++) {
      if (attempt > 0) await delay(250 * 2 ** attempt, undefined, { signal: this.#signal });
      try {
        const init: RequestInit = { method, headers, signal: this.#signal };
        if (body !== undefined) init.body = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
        const response = await fetch(this.#base + path, init);
        if (response.ok || response.status === 416) return response;
        last = `${response.status} ${(await response.text()).slice(0, 300)}`;
        if (response.status === 413) throw tooMuchOutput(last);
        if (response.status < 500 && response.status !== 429) break;
      } catch (error) {
        this.#signal.throwIfAborted();
        if (error instanceof TaskFailure) throw error;
        last = String(error);
      }
    }
    throw new TaskFailure(
      "storage_unreachable",
      "Marquee's storage could not be reached from the transcoder.",
      {
        retryable: true,
        log: `${method} ${path.split("/", 2).join("/")}: ${last}`,
      },
    );
  }
}
