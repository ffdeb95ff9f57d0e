import { Problem } from "./problem.ts";

/** Reads a request's body as UTF-8 text of at most `maxBytes`. @throws Problem 413 `body_too_large` */
export async function readText(request: Request, maxBytes: number): Promise<string> {
  const tooLarge = new Problem(
    413,
    "body_too_large",
    `This request's body may have at most ${maxBytes} bytes.`,
  );
  if (Number(request.headers.get("Content-Length") ?? 0) > maxBytes) throw tooLarge;
  if (request.body === null) return "";
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of request.body) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw tooLarge;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
