import { tooMuchOutput } from "../task/source-errors.ts";

/**
 * Passes a stream on.
 * @throws TaskFailure `too_much_output` once more than `maxBytes` have come: far more than was planned.
 */
export async function* limitBytes(
  stream: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooMuchOutput(`more than ${maxBytes} bytes`);
    yield chunk;
  }
}
