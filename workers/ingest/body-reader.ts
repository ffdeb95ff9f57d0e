/** Reads a request's body a piece at a time, and gives up on a client that has gone silent. */
import { segmentBytes } from "./body-memory.ts";

/** The end of a body: its own, a broken or silent connection. */
export type ReadEnd = "complete" | "interrupted";

/** Reads a body into one small buffer, which is used again and again. */
export class BodyReader {
  readonly #reader: ReadableStreamBYOBReader;
  readonly #silenceMs: number;
  #scratch = new ArrayBuffer(segmentBytes);

  /** @param silenceMs longest time without a byte, milliseconds; @param signal stops it */
  constructor(body: ReadableStream<Uint8Array>, silenceMs: number, signal: AbortSignal) {
    this.#reader = body.getReader({ mode: "byob" });
    this.#silenceMs = silenceMs;
    signal.addEventListener("abort", () => this.stop(), { once: true });
  }

  /** Reads the next bytes, at most `most`; they are good until the next read. */
  async read(most: number): Promise<Uint8Array | ReadEnd> {
    let timer: ReturnType<typeof setTimeout> | null = null;
    const silence = new Promise<"interrupted">((resolve) => {
      timer = setTimeout(() => resolve("interrupted"), this.#silenceMs);
    });
    try {
      const view = new Uint8Array(this.#scratch, 0, Math.min(most, segmentBytes));
      const read = await Promise.race([this.#reader.read(view), silence]);
      if (typeof read === "string") return read;
      if (read.done) return "complete";
      this.#scratch = read.value.buffer;
      return read.value;
    } catch {
      return "interrupted";
    } finally {
      clearTimeout(timer);
    }
  }

  /** Reads no more: an overtaken request stops, and a broken body can't be cancelled. */
  stop(): void {
    this.#reader.cancel().catch(() => undefined);
  }
}
