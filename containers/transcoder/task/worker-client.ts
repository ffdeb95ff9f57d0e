/** The way back to the Worker: a task reads its source and slices there, and puts its output. */
import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { StoredObject } from "../../../protocol/report.ts";
import { tooMuchOutput } from "./source-errors.ts";
import { relayOrigin, type SourceRelay } from "./source-relay.ts";
import { TaskFailure } from "./task-failure.ts";

/** The way in which the Worker is asked. */
export interface ClientPatience {
  /** Tries of a request that fails. */
  attempts: number;
  /** Pause before the second try, milliseconds; it doubles with each. */
  pauseMs: number;
  /** Longest wait for an answer, milliseconds, and what each byte of it or of the request adds. */
  answerMs: number;
  msPerByte: number;
  /** A Worker that says that it is busy (503) is asked again for this long, milliseconds. */
  busyMs: number;
}

/** A slow line moves 500 kB/s. Whoever is busy for longer than two minutes is broken. */
const usual: ClientPatience = {
  ...{ attempts: 5, pauseMs: 500, answerMs: 30_000, msPerByte: 1 / 500, busyMs: 120_000 },
};

/** Longest pause that a busy Worker can ask for, milliseconds. */
const longestPauseMs = 10_000;

const mezzaninePart = z.object({ partNumber: z.int(), etag: z.string() });
/** A stored part of the mezzanine. */
export type MezzaninePart = z.infer<typeof mezzaninePart>;

/** An answer, read whole. */
interface Answer {
  status: number;
  body: Buffer;
}

/** Talks to the API whose base address came with the task. */
export class WorkerClient {
  /** The variables with which FFmpeg can read {@link sourceUrl} and {@link sliceUrl}. */
  readonly toolEnv: Record<string, string>;

  /** The address at which FFmpeg reads the source by HTTP range. */
  readonly sourceUrl: string = `${relayOrigin}/source`;

  readonly #base: string;
  readonly #signal: AbortSignal;
  readonly #patience: ClientPatience;

  /** @param base address with the grant in it; @param signal ends every request when the task ends. */
  constructor(
    base: string,
    relay: Pick<SourceRelay, "env">,
    signal: AbortSignal,
    patience: ClientPatience = usual,
  ) {
    this.#base = base.replace(/\/$/, "");
    this.toolEnv = relay.env;
    this.#signal = signal;
    this.#patience = patience;
  }

  /** The address at which FFmpeg reads a stored audio slice. */
  sliceUrl(key: string): string {
    return `${relayOrigin}/slices/${key}`;
  }

  /** Reads bytes [start, end) of the source; fewer when the source ends before. */
  async readSource(start: number, end: number): Promise<Uint8Array> {
    if (end <= start) return new Uint8Array();
    const headers = { Range: `bytes=${start}-${end - 1}` };
    const { status, body } = await this.#request("GET", "/source", headers, { expects: end - start });
    return status === 416 ? new Uint8Array() : body;
  }

  /** Reads a stored object of a rendition. */
  async readMedia(key: string, file: string): Promise<Uint8Array> {
    return (await this.#request("GET", `/media/${key}/${file}`, {}, { expects: largestSegmentBytes })).body;
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
    const { body } = await this.#request("POST", "/remux", {});
    return z.object({ upload_id: z.string() }).parse(jsonOf(body)).upload_id;
  }

  /** Puts one part of the mezzanine, numbered from 1; all parts but the last are equal in size. */
  async putMezzaninePart(uploadId: string, part: number, bytes: Uint8Array): Promise<MezzaninePart> {
    const path = `/remux/${encodeURIComponent(uploadId)}/${part}`;
    return mezzaninePart.parse(jsonOf((await this.#request("PUT", path, {}, { bytes })).body));
  }

  /** Completes the mezzanine. @returns its size in bytes. */
  async completeMezzanine(uploadId: string, parts: MezzaninePart[]): Promise<number> {
    const bytes = new TextEncoder().encode(JSON.stringify(parts));
    const { body } = await this.#request("POST", `/remux/${encodeURIComponent(uploadId)}`, {}, { bytes });
    return z.object({ bytes: z.int() }).parse(jsonOf(body)).bytes;
  }

  async #put(path: string, file: string, contentType: string, bytes: Uint8Array): Promise<StoredObject> {
    const md5 = createHash("md5").update(bytes).digest("hex");
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    await this.#request("PUT", path, { "Content-Type": contentType, "Marquee-MD5": md5 }, { bytes });
    return { file, bytes: bytes.byteLength, md5, sha256 };
  }

  /** Sends a request until it is answered; one that breaks off in the middle of its answer is sent again too. */
  async #request(
    method: string,
    path: string,
    headers: Record<string, string>,
    { bytes, expects = 0 }: { bytes?: Uint8Array; expects?: number } = {},
  ): Promise<Answer> {
    const { attempts, pauseMs, answerMs, msPerByte, busyMs } = this.#patience;
    const limitMs = answerMs + Math.max(bytes?.byteLength ?? 0, expects) * msPerByte;
    const beganAt = performance.now();
    let last = "";
    for (let failures = 0; failures < attempts; ) {
      let waitMs = pauseMs * 2 ** failures;
      try {
        const init: RequestInit = { method, headers, signal: this.#within(limitMs) };
        if (bytes !== undefined) init.body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const response = await fetch(this.#base + path, init);
        const body = Buffer.from(await response.arrayBuffer());
        if (response.ok || response.status === 416) return { status: response.status, body };
        last = `${response.status} ${body.toString("utf8").slice(0, 300)}`;
        if (response.status === 413) throw tooMuchOutput(last);
        if (response.status < 500 && response.status !== 429) break;
        const isBusy = response.status === 503 && performance.now() - beganAt < busyMs;
        if (isBusy) waitMs = pauseOf(response) ?? waitMs;
        else failures += 1;
      } catch (error) {
        this.#signal.throwIfAborted();
        if (error instanceof TaskFailure) throw error;
        last = String(error);
        failures += 1;
      }
      if (failures < attempts) await delay(waitMs, undefined, { signal: this.#signal });
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

  #within(ms: number): AbortSignal {
    return AbortSignal.any([this.#signal, AbortSignal.timeout(Math.ceil(ms))]);
  }
}

/** About as large as a segment of 8K gets: what an object whose size is not known may take its time for, bytes. */
const largestSegmentBytes = 64 * 1024 * 1024;

/** The pause that a busy server asks for (`Retry-After` in seconds), milliseconds; null: it doesn't say. */
function pauseOf(response: Response): number | null {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return seconds >= 0 ? Math.min(longestPauseMs, seconds * 1000) : null;
}

function jsonOf(body: Buffer): unknown {
  return JSON.parse(body.toString("utf8"));
}
