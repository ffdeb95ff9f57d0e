import { withTimeout } from "../../shared/with-timeout.ts";

/**
 * Reads a stream's lines as they come, without empty ones. Leaving the loop cancels the stream.
 * @param silentMs the longest wait for the next bytes, milliseconds; time in which nobody asks for a line doesn't count
 * @throws TimedOut after that; what the stream ends with
 */
export async function* readLines(
  stream: ReadableStream<Uint8Array>,
  silentMs: number,
): AsyncGenerator<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let pending = "";
  try {
    for (;;) {
      const { done, value } = await withTimeout("the transcoder", silentMs, () => reader.read());
      if (done) return;
      pending += decoder.decode(value, { stream: true });
      const lines = pending.split("\n");
      pending = lines.pop() ?? "";
      yield* lines.filter((line) => line !== "");
    }
  } finally {
    // Not waited for: one that hangs does not answer to this either.
    void reader.cancel().catch(() => undefined);
  }
}
